// Times as people write and read them. Counted in nanoseconds since 1970-01-01 UTC; any value will do.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "local_time.hpp"

namespace logbuf::cli {

// By this machine's clock.
std::int64_t now_ns();

// RFC 3339 with nanoseconds: 2026-11-22T05:06:07.000000008Z, or with the zone's offset in place of Z.
std::string time_text(std::int64_t time_ns, Zone zone = Zone::utc);
// Seconds since 1970: @1795323967.000000008
std::string unix_time_text(std::int64_t time_ns);
// From one time to another: +0.000001234, -0.000000500
std::string time_step_text(std::int64_t from_ns, std::int64_t to_ns);

// What time_text() and unix_time_text() give, and less of it: the seconds, their fraction and the offset may be
// missing, or the whole time of day, which is then the day's beginning. Also @seconds, -5m (before now; see
// duration.hpp), now, today and yesterday (their beginnings). Without an offset it is a time of `zone`. The error is a
// sentence: what was wrong, and what is allowed.
std::expected<std::int64_t, std::string> parse_time(std::string_view text, std::int64_t now_ns,
                                                    Zone zone = Zone::local);

}  // namespace logbuf::cli
