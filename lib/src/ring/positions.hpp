// The ring's positions, read once and checked against each other.
#pragma once

#include <expected>
#include <optional>
#include <system_error>

#include "ring/mapping.hpp"

namespace logbuf::detail {

struct Positions {
  Position tail = 0;
  Position consumed = 0;
  Position head = 0;
  std::uint64_t records_consumed = 0;  // in [0, consumed)
};

// head <= consumed <= tail <= head + capacity, all multiples of 8 and far from where 64 bits end, and a count
// for `consumed`. Else damaged_ring.
std::expected<Positions, std::error_code> read_positions(const Mapping& mapping);

// A consumed position and the count that belongs to it, while the consumer may be moving both.
struct ConsumedCount {
  Position consumed = 0;
  std::uint64_t records = 0;
};
// Empty: there is no count for it (the ring is damaged).
std::optional<ConsumedCount> read_consumed(const layout::ConsumerLine& line) noexcept;

}  // namespace logbuf::detail
