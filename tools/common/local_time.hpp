// What the clocks on the wall show, in this machine's zone or in UTC. In seconds since 1970-01-01.
#pragma once

#include <cstdint>

namespace logbuf::cli {

// local: as TZ, or else the machine, has it.
enum class Zone { local, utc };

constexpr std::int64_t day_s = 86'400;

// What the clocks show at `time_s`, as if it were UTC.
std::int64_t to_clock(std::int64_t time_s, Zone zone);

// When the clocks show `clock_s`. Where they were set back and showed it twice, the first time; where they were set
// forward over it, the moment of that.
std::int64_t from_clock(std::int64_t clock_s, Zone zone);

}  // namespace logbuf::cli
