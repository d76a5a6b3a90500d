#include "archive/block.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "archive/checksum.hpp"

namespace logbuf::archive::block {
namespace {

std::uint32_t header_checksum(format::BlockHeader header) noexcept {
  header.header_crc = 0;
  return crc32c(std::as_bytes(std::span(&header, 1)));
}

constexpr bool is_control(const format::BlockHeader& header) noexcept {
  return header.type >= static_cast<std::uint16_t>(format::BlockType::producer) &&
         header.type <= static_cast<std::uint16_t>(format::BlockType::stop);
}

// Bytes, before compression.
std::uint64_t longest_payload(const format::BlockHeader& header, std::uint64_t ring_capacity) noexcept {
  if (is_type(header, format::BlockType::index)) return format::kMaxIndexPayload;
  if (is_control(header)) return format::kMaxControlPayload;
  return is_type(header, format::BlockType::data) ? ring_capacity : std::max(ring_capacity, format::kMaxIndexPayload);
}

// A payload is compressed where that makes it shorter, and only records are.
const char* fault_of_codec(const format::BlockHeader& h) noexcept {
  switch (static_cast<format::Codec>(h.codec)) {
    case format::Codec::none: return h.stored_length == h.payload_length ? nullptr : "the block's length is impossible";
    case format::Codec::lz4:
    case format::Codec::zstd:
      return h.stored_length < h.payload_length && h.payload_length <= format::kMaxUnpacked &&
                     is_type(h, format::BlockType::data)
                 ? nullptr
                 : "the block's length is impossible";
  }
  return "the block is compressed in a way that this version cannot read";
}

// True if whole records and skips, `header.record_count` records among them, fill the payload exactly.
bool records_fill(std::span<const std::byte> payload, std::uint64_t record_count, bool timestamps) noexcept {
  const std::uint32_t header_bytes = record::header_size(timestamps);
  std::uint64_t records = 0;
  std::size_t at = 0;
  while (at < payload.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + at, sizeof word);
    const record::Header header = record::unpack(word);
    const std::uint64_t extent = record::extent_of(header, header_bytes, payload.size() - at);
    if (extent == 0) return false;
    records += header.skip ? 0 : 1;
    at += static_cast<std::size_t>(extent);
  }
  return records == record_count;
}

// A gap has no seqs, or one for each record that it lost.
bool seqs_are_lost(std::span<const std::byte> payload, const format::BlockHeader& header) noexcept {
  format::GapPayload gap{};
  if (header.record_count == 0) return true;
  if (payload.size() < sizeof gap) return false;
  std::memcpy(&gap, payload.data(), sizeof gap);
  return gap.lost_known == 1 && gap.lost == header.record_count;
}

template <class Head>
std::vector<std::byte> join(const Head& head, std::string_view text) {
  std::vector<std::byte> payload(static_cast<std::size_t>(record::align_up(sizeof head + text.size())));
  std::memcpy(payload.data(), &head, sizeof head);
  std::memcpy(payload.data() + sizeof head, text.data(), text.size());
  return payload;
}

// The text behind a Head that says its length; nothing if the payload is not exactly that long.
template <class Head>
std::optional<std::string> text_after(const Head&, std::span<const std::byte> payload, std::size_t length) {
  if (record::align_up(sizeof(Head) + length) != payload.size()) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(payload.data()) + sizeof(Head), length);
}

}  // namespace

void sign(format::BlockHeader& header, std::span<const std::byte> payload) noexcept {
  header.payload_crc = crc32c(payload);
  header.header_crc = header_checksum(header);
}

format::Digest extend(const format::Digest& before, const format::BlockHeader& header) noexcept {
  struct Input {
    format::Digest before;
    std::uint64_t type;
    std::uint64_t first_seq;
    std::uint64_t record_count;
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t payload_length;
    std::uint64_t payload_crc;
  };
  static_assert(sizeof(Input) == 72);
  const Input input{.before = before,
                    .type = header.type,
                    .first_seq = header.first_seq,
                    .record_count = header.record_count,
                    .begin = header.begin,
                    .end = header.end,
                    .payload_length = header.payload_length,
                    .payload_crc = header.payload_crc};
  const XXH128_hash_t hash = XXH3_128bits(&input, sizeof input);
  format::Digest digest{};
  std::memcpy(digest.data(), &hash.low64, sizeof hash.low64);
  std::memcpy(digest.data() + sizeof hash.low64, &hash.high64, sizeof hash.high64);
  return digest;
}

const char* fault_of(const format::BlockHeader& h, const Place& place) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (h.magic != format::kBlockMagic) return "no block begins here";
  if (h.header_crc != header_checksum(h)) return "the block header's checksum does not match";
  if (h.salt != place.salt) return "the block is left over from another file";
  if (h.offset != place.offset) return "the block belongs to another offset";
  if ((h.flags & format::kIncompatibleBlockFlagsMask & ~format::kKnownIncompatibleBlockFlags) != 0) {
    return "the block has flags that this version cannot read";
  }
  if (h.payload_length % format::kAlignment != 0 || h.payload_length > longest_payload(h, place.ring_capacity)) {
    return "the block's length is impossible";
  }
  if (const char* fault = fault_of_codec(h)) return fault;
  if (h.begin > h.end || h.begin % format::kAlignment != 0 || h.end % format::kAlignment != 0) {
    return "the block's positions are impossible";
  }
  if (h.time_min_ns > h.time_max_ns) return "the block's times are impossible";
  if (h.record_count > kMax - h.first_seq) return "the block's seqs are impossible";
  if (is_type(h, format::BlockType::data)) {
    if (h.end - h.begin < h.payload_length || h.end - h.begin > place.ring_capacity) {
      return "the block's positions do not fit its length";
    }
    if (h.record_count > h.payload_length / record::kHeaderSize) return "the block's record count is impossible";
  } else if (is_control(h) && !is_type(h, format::BlockType::gap) && h.record_count != 0) {
    return "the block's record count is impossible";
  }
  return nullptr;
}

const char* fault_of(std::span<const std::byte> payload, const format::BlockHeader& h, bool timestamps) noexcept {
  if (crc32c(payload) != h.payload_crc) return "the block payload's checksum does not match";
  if (is_type(h, format::BlockType::data) && !records_fill(payload, h.record_count, timestamps)) {
    return "the block's records do not fill it";
  }
  if (is_type(h, format::BlockType::gap) && !seqs_are_lost(payload, h)) return "the gap's seqs are not what it lost";
  return nullptr;
}

std::optional<std::uint64_t> end_record(format::BlockType type, std::uint64_t first_record, std::uint64_t record_count,
                                        std::optional<std::uint64_t> before) noexcept {
  if (type == format::BlockType::data) return first_record + record_count;
  if (first_record != 0 && type <= format::BlockType::stop) return first_record;
  return type == format::BlockType::gap ? std::nullopt : before;
}

std::vector<std::byte> encode(const ProducerName& producer) {
  const format::ProducerPayload head{.slot = producer.slot,
                                     .name_length = static_cast<std::uint16_t>(producer.name.size()),
                                     .pid = producer.pid,
                                     .from = producer.from};
  return join(head, producer.name);
}

std::vector<std::byte> encode(const Gap& gap) {
  const auto why = std::string_view(gap.why).substr(0, format::kMaxWhy);
  const format::GapPayload head{.lost = gap.lost.value_or(0),
                                .lost_known = gap.lost.has_value() ? 1U : 0U,
                                .why_length = static_cast<std::uint32_t>(why.size())};
  return join(head, why);
}

std::vector<std::byte> encode(const Refused& refused, std::uint64_t lost) {
  const format::RefusedPayload head{.slot = refused.slot,
                                    .name_length = static_cast<std::uint16_t>(refused.producer.size()),
                                    .reserved = 0,
                                    .total = refused.total,
                                    .lost = lost};
  return join(head, refused.producer);
}

std::optional<ProducerName> decode_producer(std::span<const std::byte> payload) {
  format::ProducerPayload head{};
  if (payload.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, payload.data(), sizeof head);
  auto name = text_after(head, payload, head.name_length);
  if (!name || name->size() > format::kMaxProducerName) return std::nullopt;
  return ProducerName{.slot = head.slot, .from = head.from, .pid = head.pid, .name = std::move(*name)};
}

std::optional<Gap> decode_gap(std::span<const std::byte> payload, const format::BlockHeader& header) {
  format::GapPayload head{};
  if (payload.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, payload.data(), sizeof head);
  auto why = text_after(head, payload, head.why_length);
  if (!why || head.lost_known > 1) return std::nullopt;
  Gap gap{.lost = std::nullopt, .from = header.begin, .to = header.end, .why = std::move(*why)};
  if (head.lost_known == 1) gap.lost = head.lost;
  return gap;
}

std::optional<RefusedStatement> decode_refused(std::span<const std::byte> payload, const format::BlockHeader& header) {
  format::RefusedPayload head{};
  if (payload.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, payload.data(), sizeof head);
  auto name = text_after(head, payload, head.name_length);
  if (!name || name->size() > format::kMaxProducerName || head.lost > head.total) return std::nullopt;
  return RefusedStatement{
      .refused = {.slot = head.slot, .at = header.begin, .total = head.total, .producer = std::move(*name)},
      .lost = head.lost};
}

}  // namespace logbuf::archive::block
