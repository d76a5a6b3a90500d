#include "refusals.hpp"

namespace logbuf::archiver {

Refusals::Refusals(const Consumer& consumer, const archive::Writer& writer) : consumer_(consumer) {
  known_.resize(consumer.info().max_producers);
  for (std::uint16_t slot = 0; slot < known_.size(); ++slot) known_[slot].total = writer.refused(slot);
}

void Refusals::look() {
  for (std::uint16_t slot = 0; slot < known_.size(); ++slot) {
    Known& known = known_[slot];
    const std::uint32_t incarnation = consumer_.incarnation(slot);
    const SlotRefusals now = consumer_.refusals(slot);
    if (incarnation == known.incarnation && now.total <= known.total) continue;
    // Behind the counts: they were refused when tail was here, or before.
    const Position tail = consumer_.tail();
    if (incarnation != known.incarnation) {
      const bool next = incarnation == known.incarnation + 1;  // else somebody was here whose name we missed
      if (now.earlier > known.total) add(slot, now.earlier, next ? known.producer : std::string(), tail);
      known.producer = consumer_.producer(slot).name;
      known.incarnation = incarnation;
    }
    if (now.total > known.total) add(slot, now.total, known.producer, tail);
  }
}

void Refusals::add(std::uint16_t slot, std::uint64_t total, const std::string& producer, Position tail) {
  count_ += total - known_[slot].total;
  known_[slot].total = total;
  // Where tail stands still, so does the place.
  for (auto last = pending_.rbegin(); last != pending_.rend() && last->at == tail; ++last) {
    if (last->slot != slot || last->producer != producer) continue;
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
