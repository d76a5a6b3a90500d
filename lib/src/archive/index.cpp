#include "archive/index.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "archive/block.hpp"

namespace logbuf::archive {
namespace {

// So the index stays below its limit, whatever the names.
constexpr std::size_t kMaxEntries = std::size_t{1} << 19;
constexpr std::uint64_t kShortestEnd = 64 << 10;
constexpr std::uint64_t kLongestEnd = format::kMaxIndexPayload + (64 << 10);

void put(std::vector<std::byte>& into, std::span<const std::byte> bytes) {
  const std::size_t at = into.size();
  into.resize(at + bytes.size());
  std::memcpy(into.data() + at, bytes.data(), bytes.size());
}

template <class T>
void put_value(std::vector<std::byte>& into, const T& value) {
  put(into, std::as_bytes(std::span(&value, 1)));
}

// Takes from the front; false where that much is not there.
template <class T>
bool take(std::span<const std::byte>& from, T& value) {
  if (from.size() < sizeof value) return false;
  std::memcpy(&value, from.data(), sizeof value);
  from = from.subspan(sizeof value);
  return true;
}

// A producer or refused payload, which says its own length.
template <class Head>
std::optional<std::span<const std::byte>> take_named(std::span<const std::byte>& from) {
  Head head{};
  if (from.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, from.data(), sizeof head);
  const std::uint64_t length = record::align_up(sizeof head + head.name_length);
  if (from.size() < length) return std::nullopt;
  const auto payload = from.first(static_cast<std::size_t>(length));
  from = from.subspan(payload.size());
  return payload;
}

bool take_entries(std::span<const std::byte>& from, std::uint64_t count, FileEnd& end, const format::FileHeader& file) {
  if (count > from.size() / sizeof(format::IndexEntry)) return false;
  end.entries.resize(static_cast<std::size_t>(count));
  std::uint64_t offset = sizeof(format::FileHeader);
  std::uint64_t seq = file.first_seq;
  for (auto& entry : end.entries) {
    if (!take(from, entry)) return false;
    const bool in_order = entry.offset >= offset && entry.offset < end.seal.index_offset &&
                          entry.offset % format::kAlignment == 0 && entry.first_seq >= seq &&
                          entry.first_seq <= end.end_seq && entry.begin <= end.end;
    if (!in_order) return false;
    offset = entry.offset + 1;
    seq = entry.first_seq;
  }
  return true;
}

bool take_index(std::span<const std::byte> payload, FileEnd& end, const format::FileHeader& file,
                const format::BlockHeader& block) {
  format::IndexPayload head{};
  if (!take(payload, head) || !take_entries(payload, head.entries, end, file)) return false;
  for (std::uint32_t i = 0; i < head.producers; ++i) {
    format::IndexedName name{};
    if (!take(payload, name)) return false;
    const auto named = take_named<format::ProducerPayload>(payload);
    auto producer = named ? block::decode_producer(*named) : std::nullopt;
    if (!producer) return false;
    end.names.push_back({name.offset, std::move(*producer)});
  }
  for (std::uint32_t i = 0; i < head.refused; ++i) {
    const auto named = take_named<format::RefusedPayload>(payload);
    auto statement = named ? block::decode_refused(*named, block) : std::nullopt;
    if (!statement) return false;
    end.refused[statement->refused.slot] = std::move(statement->refused);
  }
  return payload.empty();
}

// The block at `offset`, out of the bytes of the file from `base` on.
std::optional<std::pair<format::BlockHeader, std::span<const std::byte>>> block_in(std::span<const std::byte> bytes,
                                                                                   std::uint64_t base,
                                                                                   std::uint64_t offset,
                                                                                   const format::FileHeader& file,
                                                                                   format::BlockType type) {
  format::BlockHeader header{};
  if (offset < base || offset - base > bytes.size()) return std::nullopt;
  auto rest = bytes.subspan(static_cast<std::size_t>(offset - base));
  if (!take(rest, header)) return std::nullopt;
  const block::Place place{.offset = offset, .salt = file.salt, .ring_capacity = file.ring_capacity};
  if (block::fault_of(header, place) != nullptr || !block::is_type(header, type)) return std::nullopt;
  if (header.payload_length > rest.size()) return std::nullopt;
  const auto payload = rest.first(static_cast<std::size_t>(header.payload_length));
  if (block::fault_of(payload, header, false) != nullptr) return std::nullopt;
  return std::pair(header, payload);
}

}  // namespace

Summary::Summary(const format::FileHeader& header) {
  seal_.previous_seal = header.previous_seal;
  seal_.seal = header.previous_seal;
}

void Summary::add(const format::BlockHeader& block) {
  seal_.blocks += 1;
  seal_.seal = block::extend(seal_.seal, block);
  if (block::is_type(block, format::BlockType::data)) {
    const bool first = seal_.payload_bytes == 0;
    seal_.time_min_ns = first ? block.time_min_ns : std::min(seal_.time_min_ns, block.time_min_ns);
    seal_.time_max_ns = first ? block.time_max_ns : std::max(seal_.time_max_ns, block.time_max_ns);
    seal_.records += block.record_count;
    seal_.payload_bytes += block.payload_length;
  }
  const std::uint64_t end = block.offset + sizeof block + block::stored_size(block);
  if (!entries_.empty() && end - entries_.back().offset <= indexed_bytes_) {
    auto& entry = entries_.back();
    entry.time_min_ns = std::min(entry.time_min_ns, block.time_min_ns);
    entry.time_max_ns = std::max(entry.time_max_ns, block.time_max_ns);
    return;
  }
  if (entries_.size() == kMaxEntries) thin();
  entries_.push_back({.offset = block.offset,
                      .first_seq = block.first_seq,
                      .begin = block.begin,
                      .time_min_ns = block.time_min_ns,
                      .time_max_ns = block.time_max_ns});
}

// The oldest go first: what is left never says another's name for one that is gone.
void Summary::add(const ProducerName& producer, std::uint64_t offset) {
  if (names_.size() == kMaxIndexedNames) names_.erase(names_.begin(), names_.begin() + kMaxIndexedNames / 2);
  names_.push_back({offset, producer});
}

// Every second entry goes into the one before it.
void Summary::thin() {
  indexed_bytes_ *= 2;
  for (std::size_t i = 0; i < entries_.size() / 2; ++i) {
    const auto& second = entries_[2 * i + 1];
    entries_[i] = entries_[2 * i];
    entries_[i].time_min_ns = std::min(entries_[i].time_min_ns, second.time_min_ns);
    entries_[i].time_max_ns = std::max(entries_[i].time_max_ns, second.time_max_ns);
  }
  entries_.resize(entries_.size() / 2);
}

std::uint64_t Summary::size() const noexcept {
  return sizeof(format::BlockHeader) + sizeof(format::IndexPayload) + entries_.size() * sizeof(format::IndexEntry) +
         names_.size() * (sizeof(format::IndexedName) + sizeof(format::ProducerPayload)) + kSealSize;
}

std::vector<std::byte> Summary::index(const RefusedTotals& refused) const {
  std::vector<std::byte> payload;
  put_value(payload, format::IndexPayload{.entries = entries_.size(),
                                          .producers = static_cast<std::uint32_t>(names_.size()),
                                          .refused = static_cast<std::uint32_t>(refused.size())});
  for (const auto& entry : entries_) put_value(payload, entry);
  for (const auto& name : names_) {
    put_value(payload, format::IndexedName{.offset = name.offset});
    put(payload, block::encode(name.producer));
  }
  for (const auto& [slot, total] : refused) put(payload, block::encode(total, 0));
  return payload;
}

format::SealPayload Summary::seal(std::uint64_t index_offset, std::uint64_t index_length,
                                  std::optional<std::uint64_t> end_record) const {
  format::SealPayload seal = seal_;
  seal.index_offset = index_offset;
  seal.index_length = index_length;
  seal.end_record = end_record.value_or(0);
  return seal;
}

ProducerNames FileEnd::names_at(std::uint64_t offset, Position position) const {
  ProducerNames known;
  for (const auto& name : names) {
    if (name.offset < offset) known.add(name.producer, position);
  }
  return known;
}

std::expected<std::optional<FileEnd>, int> read_file_end(const platform::File& file, const format::FileHeader& header) {
  const auto size = file.size();
  if (!size) return std::unexpected(size.error());
  if (*size < sizeof(format::FileHeader) + kSealSize) return std::nullopt;
  // An entry of 40 bytes for 32 KiB of blocks at the least, and the names: in one read.
  std::uint64_t base = *size - std::min(*size, std::clamp(*size / 512, kShortestEnd, kLongestEnd));
  std::unique_ptr<std::byte[]> room(new (std::nothrow) std::byte[static_cast<std::size_t>(*size - base)]);
  if (!room) return std::unexpected(ENOMEM);
  auto bytes = std::span(room.get(), static_cast<std::size_t>(*size - base));
  if (const auto got = file.read_at(bytes, base); !got) return std::unexpected(got.error());

  const auto seal = block_in(bytes, base, *size - kSealSize, header, format::BlockType::seal);
  if (!seal || seal->second.size() != sizeof(format::SealPayload)) return std::nullopt;
  FileEnd end{.end = seal->first.begin,
              .end_seq = seal->first.first_seq,
              .sealed_ns = seal->first.drain_time_ns,
              .entries = {},
              .names = {},
              .refused = {}};
  std::memcpy(&end.seal, seal->second.data(), sizeof end.seal);
  // Nothing stands between the two.
  if (end.seal.index_length > format::kMaxIndexPayload || end.seal.index_length % format::kAlignment != 0 ||
      end.seal.index_offset + sizeof(format::BlockHeader) + end.seal.index_length != *size - kSealSize) {
    return std::nullopt;
  }
  if (end.seal.index_offset < base) {
    // A longer index than files of this size have: the rest of it.
    base = end.seal.index_offset;
    room.reset(new (std::nothrow) std::byte[static_cast<std::size_t>(*size - base)]);
    if (!room) return std::unexpected(ENOMEM);
    bytes = std::span(room.get(), static_cast<std::size_t>(*size - base));
    if (const auto got = file.read_at(bytes, base); !got) return std::unexpected(got.error());
  }
  const auto index = block_in(bytes, base, end.seal.index_offset, header, format::BlockType::index);
  if (!index || index->second.size() != end.seal.index_length) return std::nullopt;
  if (!take_index(index->second, end, header, index->first)) return std::nullopt;
  return end;
}

std::expected<std::optional<FileEnd>, int> look_for_file_end(const platform::File& file,
                                                             const format::FileHeader& header) {
  auto end = read_file_end(file, header);
  if (!end && end.error() == EIO) return std::nullopt;
  return end;
}

}  // namespace logbuf::archive
