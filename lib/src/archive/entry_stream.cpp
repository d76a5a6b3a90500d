#include "archive/entry_stream.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace logbuf::archive {
namespace {

std::string producer_text(std::uint16_t slot, std::string_view name) {
  return "producer " + (name.empty() ? std::string("?") : std::string(name)) + " (slot " + std::to_string(slot) + ")";
}

}  // namespace

// Where a producer died in its claim: nothing that was committed is lost.
Gap EntryStream::hole(const record::Header& header, Position at, std::uint64_t extent) {
  blocks_.totals().holes += 1;
  gap_kind_ = Finding::Kind::hole;
  const std::string_view producer = producers_.at(header.slot, at);
  return {.lost = 0,
          .from = at,
          .to = at + extent,
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

// The block's records were checked when it was read: they fill it exactly. Each is built in its place: to copy it
// there, right behind its making, takes longer than to make it.
bool EntryStream::next_entry(std::optional<Entry>& into) {
  const bool timestamps = blocks_.ring().timestamps;
  const std::uint32_t header_bytes = record::header_size(timestamps);
  while (!rest_.empty()) {
    std::uint64_t word = 0;
    std::memcpy(&word, rest_.data(), sizeof word);
    const record::Header header = record::unpack(word);
    const auto extent = static_cast<std::size_t>(record::extent_of(header, header_bytes, rest_.size()));
    const auto bytes = rest_.first(extent);
    const Position at = position_;
    rest_ = rest_.subspan(extent);
    position_ += extent;
    if (header.skip && header.type == record::kHoleType && seq_ >= blocks_.wanted_seq()) {
      into = hole(header, at, extent);
      return true;
    }
    if (header.skip) continue;
    const std::uint64_t its_seq = seq_++;
    if (its_seq < blocks_.wanted_seq()) continue;
    std::optional<std::int64_t> time_ns;
    if (timestamps) std::memcpy(&time_ns.emplace(0), bytes.data() + record::kHeaderSize, sizeof *time_ns);
    into.emplace(std::in_place_type<Record>, its_seq, at, time_ns, blocks_.header().drain_time_ns, header.slot,
                 header.type, producers_.at(header.slot, at), bytes.subspan(header_bytes, header.length));
    blocks_.totals().records += 1;
    blocks_.totals().payload_bytes += header.length;
    return true;
  }
  return false;
}

// Takes in the block that was found; an entry if it is one by itself.
std::optional<Entry> EntryStream::open_block() {
  const auto& header = blocks_.header();
  if (slots_of_ != blocks_.ring().uuid) {
    forget_slots();
    slots_of_ = blocks_.ring().uuid;
  }
  if (auto names = blocks_.take_names()) producers_ = std::move(*names);
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
