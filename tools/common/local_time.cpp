#include "local_time.hpp"

#include <algorithm>
#include <ctime>

namespace logbuf::cli {
namespace {

std::int64_t local_offset_s(std::int64_t time_s) {
  const std::time_t time = time_s;
  std::tm parts{};
  return localtime_r(&time, &parts) == nullptr ? 0 : parts.tm_gmtoff;
}

}  // namespace

std::int64_t to_clock(std::int64_t time_s, Zone zone) {
  return zone == Zone::utc ? time_s : time_s + local_offset_s(time_s);
}

// Not by mktime(), which says neither whether there are two such times nor whether there is none.
std::int64_t from_clock(std::int64_t clock_s, Zone zone) {
  if (zone == Zone::utc) return clock_s;
  const std::int64_t before_s = local_offset_s(clock_s - day_s);
  const std::int64_t after_s = local_offset_s(clock_s + day_s);
  std::int64_t first = clock_s - std::max(before_s, after_s);
  std::int64_t last = clock_s - std::min(before_s, after_s);
  if (to_clock(first, zone) == clock_s) return first;
  if (to_clock(last, zone) == clock_s) return last;
  // Between the two the clocks jump over it: to_clock(first) is before it, to_clock(last) behind it.
  while (last - first > 1) {
    const std::int64_t middle = first + (last - first) / 2;
    (to_clock(middle, zone) < clock_s ? first : last) = middle;
  }
  return last;
}

}  // namespace logbuf::cli
