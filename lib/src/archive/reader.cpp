#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <logbuf/archive.hpp>

#include "archive/block.hpp"
#include "archive/block_stream.hpp"
#include "archive/producer_names.hpp"

namespace logbuf::archive {
namespace {

std::string producer_text(std::uint16_t slot, std::string_view name) {
  return "producer " + (name.empty() ? std::string("?") : std::string(name)) + " (slot " + std::to_string(slot) + ")";
}

}  // namespace

struct Reader::State {
  BlockStream blocks;
  ProducerNames producers;
  std::map<std::uint16_t, std::uint64_t> refused;  // by slot: the total that was told last
  Uuid slots_of{};                                 // the ring whose slots these are

  // The records of the block in use that are not delivered yet.
  std::span<const std::byte> rest;
  Position position = 0;
  std::uint64_t seq = 0;

  std::optional<Entry> next_entry();
  Gap hole(const record::Header& header, Position at, std::uint64_t extent);
  std::optional<Entry> open_block();
  std::optional<Entry> take_refused(const block::RefusedStatement& statement);
  void forget_slots();
};

// Where a producer died in its claim: nothing that was committed is lost.
Gap Reader::State::hole(const record::Header& header, Position at, std::uint64_t extent) {
  blocks.totals().holes += 1;
  const std::string_view producer = producers.at(header.slot, at);
  return {.lost = 0,
          .from = at,
          .to = at + extent,
          .why = producer_text(header.slot, producer) + " died in a claim",
          .slot = header.slot,
          .producer = std::string(producer)};
}

// The total says more than the block's own count: where a block of before was damaged, this one makes up for it.
std::optional<Entry> Reader::State::take_refused(const block::RefusedStatement& statement) {
  const Refused& now = statement.refused;
  const auto [known, first] = refused.try_emplace(now.slot, now.total - statement.lost);
  if (now.total <= known->second) return std::nullopt;
  const std::uint64_t lost = now.total - std::exchange(known->second, now.total);
  if (blocks.before_wanted(blocks.header())) return std::nullopt;
  blocks.totals().gaps += 1;
  blocks.totals().lost += lost;
  blocks.totals().refused += lost;
  return Gap{.lost = lost,
             .from = now.at,
             .to = now.at,
             .why = producer_text(now.slot, now.producer) + ": refused at a full ring",
             .slot = now.slot,
             .producer = now.producer};
}

void Reader::State::forget_slots() {
  producers.clear();
  refused.clear();
}

// The block's records were checked when it was read: they fill it exactly.
std::optional<Entry> Reader::State::next_entry() {
  const bool timestamps = blocks.ring().timestamps;
  const std::uint32_t header_bytes = record::header_size(timestamps);
  while (!rest.empty()) {
    std::uint64_t word = 0;
    std::memcpy(&word, rest.data(), sizeof word);
    const record::Header header = record::unpack(word);
    const auto extent = static_cast<std::size_t>(record::extent_of(header, header_bytes, rest.size()));
    const auto bytes = rest.first(extent);
    const Position at = position;
    rest = rest.subspan(extent);
    position += extent;
    if (header.skip && header.type == record::kHoleType && seq >= blocks.wanted_seq()) return hole(header, at, extent);
    if (header.skip) continue;
    const std::uint64_t its_seq = seq++;
    if (its_seq < blocks.wanted_seq()) continue;
    Record record{.seq = its_seq,
                  .position = at,
                  .time_ns = std::nullopt,
                  .drain_time_ns = blocks.header().drain_time_ns,
                  .slot = header.slot,
                  .type = header.type,
                  .producer = producers.at(header.slot, at),
                  .bytes = bytes.subspan(header_bytes, header.length)};
    if (timestamps) {
      std::int64_t time_ns = 0;
      std::memcpy(&time_ns, bytes.data() + record::kHeaderSize, sizeof time_ns);
      record.time_ns = time_ns;
    }
    blocks.totals().records += 1;
    blocks.totals().payload_bytes += header.length;
    return record;
  }
  return std::nullopt;
}

// Takes in the block that was found; an entry if it is one by itself.
std::optional<Entry> Reader::State::open_block() {
  const auto& header = blocks.header();
  if (slots_of != blocks.ring().uuid) {
    forget_slots();
    slots_of = blocks.ring().uuid;
  }
  if (auto names = blocks.take_names()) producers = std::move(*names);
  switch (static_cast<format::BlockType>(header.type)) {
    case format::BlockType::data:
      rest = blocks.payload();
      position = header.begin;
      seq = header.first_seq;
      return std::nullopt;
    case format::BlockType::producer:
      if (auto producer = block::decode_producer(blocks.payload())) {
        producers.add(std::move(*producer), header.begin);
      } else {
        blocks.discard("the producer block makes no sense");
      }
      return std::nullopt;
    case format::BlockType::gap: {
      auto gap = block::decode_gap(blocks.payload(), header);
      if (!gap) {
        blocks.discard("the gap block makes no sense");
        return std::nullopt;
      }
      if (blocks.before_wanted(header)) return std::nullopt;
      blocks.totals().gaps += 1;
      blocks.totals().lost += gap->lost.value_or(0);
      return std::move(*gap);
    }
    case format::BlockType::refused:
      if (const auto statement = block::decode_refused(blocks.payload(), header)) return take_refused(*statement);
      blocks.discard("the block of refused records makes no sense");
      return std::nullopt;
    case format::BlockType::index:
    case format::BlockType::seal: return std::nullopt;
  }
  // A type of a later version. Where it holds records, they are lost to this one.
  if (header.record_count == 0 || blocks.before_wanted(header)) return std::nullopt;
  blocks.totals().gaps += 1;
  blocks.totals().lost += header.record_count;
  return Gap{.lost = header.record_count,
             .from = header.begin,
             .to = header.end,
             .why = "a block of type " + std::to_string(header.type) + ", which this program does not know"};
}

Reader::Reader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

std::expected<Reader, std::error_code> Reader::open(const std::filesystem::path& target) {
  auto blocks = BlockStream::open(target);
  if (!blocks) return std::unexpected(blocks.error());
  return Reader(std::make_unique<State>(State{.blocks = std::move(*blocks),
                                              .producers = {},
                                              .refused = {},
                                              .slots_of = {},
                                              .rest = {},
                                              .position = 0,
                                              .seq = 0}));
}

std::expected<std::optional<Entry>, std::error_code> Reader::next() {
  State& s = *state_;
  for (;;) {
    if (auto entry = s.next_entry()) return entry;
    const auto found = s.blocks.next();
    if (!found) return std::unexpected(found.error());
    switch (*found) {
      case BlockStream::Found::end: return std::nullopt;
      case BlockStream::Found::gap: return s.blocks.take_gap();
      case BlockStream::Found::block:
        if (auto entry = s.open_block()) return entry;
    }
  }
}

std::expected<void, std::error_code> Reader::seek_seq(std::uint64_t seq) {
  state_->rest = {};
  state_->forget_slots();
  return state_->blocks.seek(seq);
}

std::expected<void, std::error_code> Reader::seek_last(std::uint64_t count) {
  const auto end = state_->blocks.end_seq();
  if (!end) return std::unexpected(end.error());
  return seek_seq(*end > count ? *end - count : 0);
}

std::expected<void, std::error_code> Reader::seek_time(std::int64_t time_ns) {
  state_->rest = {};
  state_->forget_slots();
  return state_->blocks.seek_time(time_ns);
}

const Totals& Reader::totals() const noexcept {
  return std::as_const(state_->blocks).totals();
}
const RingIdentity& Reader::ring() const noexcept {
  return state_->blocks.ring();
}

}  // namespace logbuf::archive
