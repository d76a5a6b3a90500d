// From where to where records are wanted.
#pragma once

#include <boost/any.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "local_time.hpp"

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

// As it was typed: what it means is known only when all flags are.
struct TimeWord {
  std::string text;
};

// Boost.Program_options finds these by the namespace of the value in the optional.
void validate(boost::any& out, const std::vector<std::string>& values, std::optional<SeqRange>*, int);
void validate(boost::any& out, const std::vector<std::string>& values, std::optional<TimeWord>*, int);

// What --since and --until say. Ends the program with ExitCode::usage where that is no time, or no range.
TimeRange parse_times(const std::optional<TimeWord>& since, const std::optional<TimeWord>& until, cli::Zone zone);

}  // namespace logbuf::cat
