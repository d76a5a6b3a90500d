#include "ring/positions.hpp"

#include "platform/failure.hpp"

namespace logbuf::detail {

namespace {

// No ring comes that far: at 10 GB a second it would take 29 years.
constexpr Position kFarthest = Position{1} << 63;

}  // namespace

std::optional<ConsumedCount> read_consumed(const layout::ConsumerLine& line) noexcept {
  constexpr int kTries = 1000;  // each failed try means that the consumer has released another batch
  for (int i = 0; i < kTries; ++i) {
    // acquire: the count was stored before the position it belongs to; pairs with Consumer's release of
    // consumed.
    const Position consumed = line.consumed.load(std::memory_order_acquire);
    for (const layout::Count& count : line.counts) {
      const std::uint64_t records = count.records.load(std::memory_order_acquire);
      if (count.position.load(std::memory_order_acquire) == consumed &&
          line.consumed.load(std::memory_order_relaxed) == consumed) {
        return ConsumedCount{.consumed = consumed, .records = records};
      }
    }
  }
  return std::nullopt;
}

std::expected<Positions, std::error_code> read_positions(const Mapping& mapping) {
  const layout::Segment& words = mapping.words();
  Positions p;
  // All three only grow, and head <= consumed <= tail <= head + capacity at every moment. Read in this order,
  // while others work, the first three compare as they should; the last needs a head no older than the tail.
  p.head = words.consumer.head.load(std::memory_order_acquire);
  const auto count = read_consumed(words.consumer);
  p.consumed = count ? count->consumed : words.consumer.consumed.load(std::memory_order_acquire);
  p.records_consumed = count ? count->records : 0;
  p.tail = words.tail.tail.load(std::memory_order_acquire);
  const Position later_head = words.consumer.head.load(std::memory_order_acquire);
  const bool aligned = (p.head | p.consumed | p.tail) % record::kAlignment == 0;
  if (count && aligned && p.tail < kFarthest && p.head <= p.consumed && p.consumed <= p.tail &&
      p.tail <= later_head + mapping.info().capacity)
    return p;
  return failure(Errc::damaged_ring, mapping.label() + ": its positions or its count of records cannot be (head " +
                                         std::to_string(p.head) + ", consumed " + std::to_string(p.consumed) +
                                         ", tail " + std::to_string(p.tail) + "); remove it (logbuf-ctl rm --force) " +
                                         "and make it anew");
}

}  // namespace logbuf::detail
