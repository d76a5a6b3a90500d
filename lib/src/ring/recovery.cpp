#include "ring/recovery.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <logbuf/intent.hpp>

#include "platform/clock.hpp"
#include "ring/end_info.hpp"
#include "ring/producer_table.hpp"
#include "ring/relaxed.hpp"

namespace logbuf::detail {
namespace {

// What stands at a position that is claimed and not committed.
struct Found {
  enum class What : std::uint8_t { nothing, waiting, dead };
  What what = What::nothing;          // nothing any more: it was committed
  std::optional<std::uint16_t> slot;  // waiting: empty if nobody says that the claim is its own
  std::uint64_t extent_bytes = 0;     // dead: of its claim
};

class Recovery {
 public:
  Recovery(const Mapping& mapping, Position head)
      : mapping_(mapping), head_(head), capacity_(mapping.info().capacity) {}

  // Changes nothing.
  Found look() {
    // Before the intents: whoever moved tail beyond head had stored its intent before.
    tail_ = mapping_.words().tail.tail.load(std::memory_order_acquire);
    if (tail_ <= head_ || tail_ - head_ > capacity_) return {};
    if (committed()) return {};
    std::optional<std::uint16_t> winner;
    std::optional<std::uint16_t> living;
    std::vector<std::uint16_t> dead;
    std::uint64_t winner_extent = 0;
    const auto slots = mapping_.slots();
    for (std::uint16_t i = 0; i < slots.size(); ++i) {
      if (!at_head(slots[i].hot.intent.load(std::memory_order_acquire))) continue;
      // Liveness first, then the intent: it may have gone on before it died.
      const bool alive = producer_alive(mapping_, i);
      const std::uint64_t word = slots[i].hot.intent.load(std::memory_order_acquire);
      if (!at_head(word)) continue;
      if (alive) {
        living = i;
        continue;
      }
      dead.push_back(i);
      if (intent::won(word)) {
        winner = i;
        winner_extent = intent::extent_bytes(word);
      }
    }
    // Somebody may have committed while we looked.
    if (committed()) return {};
    if (!winner && living) return {.what = Found::What::waiting, .slot = living, .extent_bytes = 0};
    if (!winner && dead.empty()) return {.what = Found::What::waiting, .slot = {}, .extent_bytes = 0};
    const std::uint16_t owner = winner.value_or(dead.front());
    std::uint64_t extent = winner_extent;
    if (!winner) {
      extent = dead.size() == 1 ? intent::extent_bytes(slots[owner].hot.intent.load(relaxed)) : unwritten_extent();
    }
    // An intent is a word that another process wrote.
    if (extent < record::kAlignment || extent > tail_ - head_)
      return {.what = Found::What::waiting, .slot = owner, .extent_bytes = 0};
    return {.what = Found::What::dead, .slot = owner, .extent_bytes = extent};
  }

  Blockage run() {
    const Found found = look();
    if (found.what == Found::What::nothing) return {};
    if (found.what == Found::What::waiting) return waiting(found.slot);
    return skip_hole(*found.slot, found.extent_bytes);
  }

 private:
  std::uint64_t word_at(Position p) const noexcept {
    return header_word(mapping_.ring() + (p & (capacity_ - 1))).load(std::memory_order_acquire);
  }
  bool committed() const noexcept { return word_at(head_) != 0; }
  bool at_head(std::uint64_t word) const noexcept { return intent::begins_at(word, head_); }

  // Several raced for one CAS and all died before their WON: the winner, whichever it was, has not written a byte. So
  // its claim reaches to the first thing that is another's: a header, an intent (it was read from tail, so it stands at
  // the border of two claims), or tail.
  std::uint64_t unwritten_extent() const noexcept {
    std::uint64_t extent = tail_ - head_;
    for (const layout::Slot& slot : mapping_.slots()) {
      const std::uint64_t word = slot.hot.intent.load(std::memory_order_acquire);
      const std::uint64_t distance = intent::distance_from(word, head_);
      if (word != 0 && distance != 0 && distance < extent) extent = distance;
    }
    for (std::uint64_t at = record::kAlignment; at < extent; at += record::kAlignment) {
      if (word_at(head_ + at) != 0) return at;
    }
    return extent;
  }

  Blockage waiting(std::optional<std::uint16_t> slot) {
    layout::StateLine& line = mapping_.words().state;
    if (line.blocked_since_ns.load(relaxed) == 0 || line.blocked_position.load(relaxed) != head_) {
      line.blocked_position.store(head_, relaxed);
      line.blocked_since_ns.store(realtime_ns(), relaxed);
    }
    return report(Blockage::Kind::waiting, slot, tail_ - head_);
  }

  Blockage report(Blockage::Kind kind, std::optional<std::uint16_t> slot, std::uint64_t extent) const {
    Blockage blockage{.kind = kind,
                      .position = head_,
                      .extent_bytes = extent,
                      .slot = slot,
                      .producer = {},
                      .since_ns = mapping_.words().state.blocked_since_ns.load(relaxed)};
    if (slot) blockage.producer = read_end_info(mapping_.slots()[*slot].info);
    return blockage;
  }

  // Once, though a consumer may die between this and the hole's header, and its successor come here again: the word
  // says which hole it counted last. Nobody but the consumer writes it.
  void count_hole() {
    auto& holes = mapping_.words().state.holes;
    const std::uint64_t word = holes.load(relaxed);
    const std::uint64_t count = word >> layout::kHolesShift;
    const std::uint64_t here = (head_ / record::kAlignment) & layout::kHolePositionMask;
    if (count != 0 && (word & layout::kHolePositionMask) == here) return;
    holes.store(((count + 1) << layout::kHolesShift) | here, relaxed);
  }

  Blockage skip_hole(std::uint16_t owner, std::uint64_t extent) {
    const Blockage done = report(Blockage::Kind::recovered, owner, extent);
    // Not committed, so not produced: else a successor of ours could count it (see settle()).
    layout::SlotHot& hot = mapping_.slots()[owner].hot;
    hot.next_records.store(hot.records.load(relaxed), relaxed);

    const std::uint64_t offset = head_ & (capacity_ - 1);
    const std::uint64_t first = std::min(extent, capacity_ - offset);
    const std::uint64_t second = extent - first;
    std::byte* const begin = mapping_.ring() + offset;
    // What it had written goes: the rest of a hole must not be taken for headers by whoever looks at it in pieces.
    std::memset(begin + record::kHeaderSize, 0, first - record::kHeaderSize);
    const auto skip = [&](std::uint64_t bytes) {
      return record::pack(
          {.length = static_cast<std::uint32_t>(bytes), .skip = true, .slot = owner, .type = record::kHoleType});
    };
    if (second != 0) {
      std::memset(mapping_.ring() + record::kHeaderSize, 0, second - record::kHeaderSize);
      header_word(mapping_.ring()).store(skip(second), relaxed);
    }
    count_hole();
    // release, and the first header last: the hole becomes visible as one piece. We may die at any step before it; a
    // successor then does all of it again.
    header_word(begin).store(skip(first), std::memory_order_release);
    mapping_.words().state.blocked_since_ns.store(0, relaxed);
    return done;
  }

  const Mapping& mapping_;
  const Position head_;
  const std::uint64_t capacity_;
  Position tail_ = 0;
};

}  // namespace

Blockage unblock(Mapping& mapping, Position head) {
  return Recovery(mapping, head).run();
}

std::optional<std::uint64_t> dead_claim_bytes(const Mapping& mapping, Position begin) {
  const Found found = Recovery(mapping, begin).look();
  if (found.what != Found::What::dead) return std::nullopt;
  return found.extent_bytes;
}

bool claim_resolved(const Mapping& mapping, const layout::SlotHot& hot) noexcept {
  const std::uint64_t word = hot.intent.load(std::memory_order_acquire);
  if (word == 0) return true;
  const Position head = mapping.words().consumer.head.load(std::memory_order_acquire);
  const Position tail = mapping.words().tail.tail.load(std::memory_order_acquire);
  return intent::distance_from(word, head) >= tail - head;
}

std::uint64_t records_of_dead(const Mapping& mapping, const layout::SlotHot& hot) noexcept {
  const std::uint64_t word = hot.intent.load(std::memory_order_acquire);
  const std::uint64_t records = hot.records.load(relaxed);
  if (!intent::won(word)) return records;
  const Position consumed = mapping.words().consumer.consumed.load(std::memory_order_acquire);
  const Position tail = mapping.words().tail.tail.load(std::memory_order_acquire);
  const std::uint64_t distance = intent::distance_from(word, consumed);
  // Its header may be zeroed already where it has been consumed; where not, it says whether the claim was ended.
  if (distance < tail - consumed) {
    // Aligned, whatever `consumed` says.
    const std::uint64_t offset = (consumed + distance) & (mapping.info().capacity - record::kAlignment);
    if (header_word(mapping.ring() + offset).load(std::memory_order_acquire) == 0) return records;
  }
  return hot.next_records.load(relaxed);
}

void settle(layout::SlotHot& hot) noexcept {
  // It died between its header and the end of its claim, or had no claim: next_records is right, in either case. It was
  // set back where the claim became a hole, and was never set where it was not committed.
  if (intent::won(hot.intent.load(relaxed))) hot.records.store(hot.next_records.load(relaxed), relaxed);
  hot.intent.store(0, std::memory_order_release);
}

void retire_dead(Mapping& mapping) {
  for (std::uint16_t i = 0; i < mapping.slots().size(); ++i) {
    with_dead_slot(mapping, i, [](Mapping& at, layout::Slot& slot) {
      if (!claim_resolved(at, slot.hot)) return false;
      settle(slot.hot);
      return true;
    });
  }
}

}  // namespace logbuf::detail
