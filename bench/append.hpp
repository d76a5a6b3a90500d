// Text for a report, a formatted piece at a time.
#pragma once

#include <cstdarg>
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

}  // namespace logbuf::bench
