#include "time_text.hpp"

#include <chrono>
#include <cstdio>

namespace logbuf::cat {

std::string time_text(std::int64_t time_ns) {
  using namespace std::chrono;
  const nanoseconds since_1970{time_ns};
  const auto day = floor<days>(since_1970);
  const year_month_day date{sys_days{day}};
  // Not as a hh_mm_ss of the difference in ns: near the least of all values it would not fit.
  const auto second = floor<seconds>(since_1970);
  const auto of_day = static_cast<long long>((second - duration_cast<seconds>(day)).count());
  const auto ns = static_cast<long long>((since_1970 - second).count());
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02lld:%02lld:%02lld.%09lldZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600, of_day / 60 % 60,
                of_day % 60, ns);
  return text;
}

}  // namespace logbuf::cat
