// Durations as people write them: 250us, 10ms, 5s, 2h, 7d.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace logbuf::cli {

// A whole number of ns, us, ms, s, m, h or d; 0 may stand alone. Never negative; at most 2^63 - 1 ns (292
// years). The error is a sentence: what was wrong, and what is allowed.
std::expected<std::chrono::nanoseconds, std::string> parse_duration(std::string_view text);

// "250us", "1.5s", "-5m": for people, rounded to one decimal.
std::string format_duration(std::chrono::nanoseconds duration);
// "1500ms": what parse_duration() reads as exactly that. Not for negative ones.
std::string exact_duration(std::chrono::nanoseconds duration);

}  // namespace logbuf::cli
