#include "archive/entry_stream.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace logbuf::archive {
namespace {

std::int64_t time_of(std::span<const std::byte> record) noexcept {
  std::int64_t time_ns = 0;
  std::memcpy(&time_ns, record.data() + record::kHeaderSize, sizeof time_ns);
  return time_ns;
}

std::string producer_text(std::uint16_t slot, std::string_view name) {
  return "producer " + (name.empty() ? std::string("?") : std::string(name)) + " (slot " + std::to_string(slot) + ")";
}

}  // namespace

// Where a producer died in its claim: nothing that was committed is lost. Passes it.
Gap EntryStream::hole(const record::Header& header) {
  blocks_.totals().holes += 1;
  gap_kind_ = Finding::Kind::hole;
  const Position at = position_;
  pass(header, record::header_size(blocks_.ring().timestamps));
  const std::string_view producer = name_of(header.slot, at);
  return {.lost = 0,
          .from = at,
          .to = position_,
          .why = producer_text(header.slot, producer) + " died in a claim",
          .slot = header.slot,
          .producer = std::string(producer)};
}

// The total says more than the block's own count: where a block of before was damaged, this one makes up for it.
std::optional<Entry> EntryStream::take_refused(const block::RefusedStatement& statement) {
  const Refused& now = statement.refused;
  const auto [known, first] = refused_.try_emplace(now.slot, now.total - statement.lost);
  if (now.total <= known->second) return std::nullopt;
  const std::uint64_t lost = now.total - std::exchange(known->second, now.total);
  if (blocks_.before_wanted(blocks_.header())) return std::nullopt;
  blocks_.totals().gaps += 1;
  blocks_.totals().lost += lost;
  blocks_.totals().refused += lost;
  gap_kind_ = Finding::Kind::refused;
  return Gap{.lost = lost,
             .from = now.at,
             .to = now.at,
             .why = producer_text(now.slot, now.producer) + ": refused at a full ring",
             .slot = now.slot,
             .producer = now.producer};
}

void EntryStream::forget_slots() {
  producers_.clear();
  name_ = {};
  refused_.clear();
}

std::expected<std::optional<Entry>, std::error_code> EntryStream::next() {
  // Not by value: that would be zeroed first, which takes longer than to build a record there.
  std::expected<std::optional<Entry>, std::error_code> result(std::in_place, std::nullopt);
  for (;;) {
    if (next_entry(*result)) return result;
    const auto found = blocks_.next();
    if (!found) {
      result = std::unexpected(found.error());
      return result;
    }
    switch (*found) {
      case BlockStream::Found::end: return result;
      case BlockStream::Found::gap:
        gap_kind_ = Finding::Kind::missing;
        result = blocks_.take_gap();
        return result;
      case BlockStream::Found::block:
        if (auto entry = open_block()) {
          result = std::move(entry);
          return result;
        }
    }
  }
}

void EntryStream::forget() {
  rest_ = {};
  forget_slots();
}

record::Header EntryStream::first_header() const noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, rest_.data(), sizeof word);
  return record::unpack(word);
}

// The block's records were checked when it was read: they fill it exactly.
std::span<const std::byte> EntryStream::pass(const record::Header& header, std::uint32_t header_bytes) noexcept {
  const auto extent = static_cast<std::size_t>(record::extent_of(header, header_bytes, rest_.size()));
  const auto bytes = rest_.first(extent);
  rest_ = rest_.subspan(extent);
  position_ += extent;
  return bytes;
}

bool EntryStream::is_hole(const record::Header& header) const noexcept {
  return header.skip && header.type == record::kHoleType && seq_ >= blocks_.wanted_seq();
}

std::string_view EntryStream::name_of(std::uint16_t slot, Position at) {
  if (slot != name_.slot || at >= name_.use.end) name_ = {.slot = slot, .use = producers_.use_at(slot, at)};
  return name_.use.name;
}

bool EntryStream::next_entry(std::optional<Entry>& into) {
  if (const auto records = more(1); !records.empty()) {
    into.emplace(std::in_place_type<Record>, records.front());
    return true;
  }
  if (rest_.empty()) return false;
  into = hole(first_header());  // at nothing else more() stops short
  return true;
}

// Most of the time of whoever reads small records.
std::span<const Record> EntryStream::more(std::size_t at_most) {
  const bool timestamps = blocks_.ring().timestamps;
  const std::uint32_t header_bytes = record::header_size(timestamps);
  const std::int64_t drain_time_ns = blocks_.header().drain_time_ns;
  more_.resize(std::max(more_.size(), at_most));
  std::size_t count = 0;
  std::uint64_t payload_bytes = 0;
  while (!rest_.empty() && count < at_most) {
    const record::Header header = first_header();
    if (is_hole(header)) break;
    const Position at = position_;
    const auto bytes = pass(header, header_bytes);
    if (header.skip) continue;
    const std::uint64_t its_seq = seq_++;
    if (its_seq < blocks_.wanted_seq()) continue;
    more_[count++] = {.seq = its_seq,
                      .position = at,
                      .time_ns = timestamps ? std::optional(time_of(bytes)) : std::nullopt,
                      .drain_time_ns = drain_time_ns,
                      .slot = header.slot,
                      .type = header.type,
                      .producer = name_of(header.slot, at),
                      .bytes = bytes.subspan(header_bytes, header.length)};
    payload_bytes += header.length;
  }
  blocks_.totals().records += count;
  blocks_.totals().payload_bytes += payload_bytes;
  return {more_.data(), count};
}

// Takes in the block that was found; an entry if it is one by itself.
std::optional<Entry> EntryStream::open_block() {
  const auto& header = blocks_.header();
  if (slots_of_ != blocks_.ring().uuid) {
    forget_slots();
    slots_of_ = blocks_.ring().uuid;
  }
  if (auto names = blocks_.take_names()) producers_ = std::move(*names);
  name_ = {};
  switch (static_cast<format::BlockType>(header.type)) {
    case format::BlockType::data:
      rest_ = blocks_.payload();
      position_ = header.begin;
      seq_ = header.first_seq;
      return std::nullopt;
    case format::BlockType::producer:
      if (auto producer = block::decode_producer(blocks_.payload())) {
        producers_.add(std::move(*producer), header.begin);
      } else {
        blocks_.discard("the producer block makes no sense");
      }
      return std::nullopt;
    case format::BlockType::gap: {
      auto gap = block::decode_gap(blocks_.payload(), header);
      if (!gap) {
        blocks_.discard("the gap block makes no sense");
        return std::nullopt;
      }
      if (blocks_.before_wanted(header)) return std::nullopt;
      blocks_.totals().gaps += 1;
      blocks_.totals().lost += gap->lost.value_or(0);
      gap_kind_ = Finding::Kind::told;
      return std::move(*gap);
    }
    case format::BlockType::refused:
      if (const auto statement = block::decode_refused(blocks_.payload(), header)) return take_refused(*statement);
      blocks_.discard("the block of refused records makes no sense");
      return std::nullopt;
    case format::BlockType::index:
    case format::BlockType::seal:
    case format::BlockType::stop: return std::nullopt;
  }
  // A type of a later version. Where it holds records, they are lost to this one.
  if (header.record_count == 0 || blocks_.before_wanted(header)) return std::nullopt;
  blocks_.totals().gaps += 1;
  blocks_.totals().lost += header.record_count;
  gap_kind_ = Finding::Kind::unknown;
  return Gap{.lost = header.record_count,
             .from = header.begin,
             .to = header.end,
             .why = "a block of type " + std::to_string(header.type) + ", which this program does not know"};
}

}  // namespace logbuf::archive
