// From where to where records are wanted.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace logbuf::cat {

// Both ends belong to it.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
};

// In nanoseconds since 1970-01-01 UTC. `since` belongs to it, `until` does not: what one range ends with, the next may
// begin with.
struct TimeRange {
  std::optional<std::int64_t> since;
  std::optional<std::int64_t> until;

  bool is_limited() const noexcept { return since || until; }
  bool is_early(std::int64_t time_ns) const noexcept { return since && time_ns < *since; }
  bool is_late(std::int64_t time_ns) const noexcept { return until && time_ns >= *until; }
};

}  // namespace logbuf::cat
