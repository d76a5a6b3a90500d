#include "refusals.hpp"

#include <algorithm>

namespace logbuf::archiver {

Refusals::Refusals(const Consumer& consumer, const archive::Writer& writer) : consumer_(consumer) {
  known_.resize(consumer.info().max_producers);
  for (std::uint16_t slot = 0; slot < known_.size(); ++slot) known_[slot].total = writer.refused(slot);
}

void Refusals::look() {
  for (std::uint16_t slot = 0; slot < known_.size(); ++slot) {
    // A slot that changes hands while it is looked at is looked at again; one that never stops is left to the next
    // time.
    for (int tries = 0; tries < 10 && !look_at(slot); ++tries) {
    }
  }
}

bool Refusals::look_at(std::uint16_t slot) {
  Known& known = known_[slot];
  const std::uint32_t incarnation = consumer_.incarnation(slot);
  const SlotRefusals now = consumer_.refusals(slot);
  if (incarnation == known.incarnation && now.total <= known.total) return true;
  const std::string producer = consumer_.producer(slot).name;
  if (consumer_.incarnation(slot) != incarnation) return false;
  // Behind the counts: they were refused when tail was here, or before. Its word is another's, and may be anything.
  const Position head = consumer_.position();
  const Position tail = std::clamp(consumer_.tail(), head, head + consumer_.info().capacity);
  if (incarnation != known.incarnation) {
    const bool next = incarnation == known.incarnation + 1;  // else somebody was here whose name we missed
    add(slot, now.earlier, next ? known.producer : std::string(), tail);
    known.producer = producer;
    known.incarnation = incarnation;
  }
  add(slot, now.total, known.producer, tail);
  return true;
}

void Refusals::add(std::uint16_t slot, std::uint64_t total, const std::string& producer, Position tail) {
  if (total <= known_[slot].total) return;
  known_[slot].total = total;
  // Where tail stands still, so does the place. Many at once have no places of their own: that bounds the memory.
  for (auto last = pending_.rbegin(); last != pending_.rend(); ++last) {
    if (last->at != tail && pending_.size() < kMostPending) break;
    if (last->slot != slot) continue;
    if (last->producer != producer && pending_.size() < kMostPending) break;
    last->total = total;
    return;
  }
  pending_.push_back({.slot = slot, .at = tail, .total = total, .producer = producer});
}

std::optional<Position> Refusals::next_place() const {
  return pending_.empty() ? std::nullopt : std::optional(pending_.front().at);
}

const archive::Refused* Refusals::due(Position end) const {
  return pending_.empty() || pending_.front().at > end ? nullptr : &pending_.front();
}

void Refusals::told() {
  pending_.pop_front();
}

}  // namespace logbuf::archiver
