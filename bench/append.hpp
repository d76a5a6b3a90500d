// Text for a report, a formatted piece at a time.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string>

namespace logbuf::bench {

// As printf(), behind what `text` has; at most 511 bytes.
[[gnu::format(printf, 2, 3)]] inline void append(std::string& text, const char* format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(line, sizeof line, format, values);
  va_end(values);
  text += line;
}

// What a figure is of so many runs.
inline std::string median_of(std::uint32_t runs) {
  return runs == 1 ? "1 run" : "median of " + std::to_string(runs) + " runs (least-most)";
}

}  // namespace logbuf::bench
