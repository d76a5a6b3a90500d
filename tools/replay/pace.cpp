#include "pace.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace logbuf::replay {
namespace {

using std::chrono::nanoseconds;

// Far beyond every deadline that comes, and added to a clock still no overflow.
constexpr nanoseconds never{std::numeric_limits<std::int64_t>::max() / 2};

constexpr nanoseconds long_wait = std::chrono::hours(1);

// 64 bits of mantissa: to the nanosecond for some 290 years.
nanoseconds to_replayed(std::uint64_t archived_ns, double speed) noexcept {
  const long double replayed_ns = static_cast<long double>(archived_ns) / static_cast<long double>(speed);
  if (replayed_ns >= static_cast<long double>(never.count())) return never;
  return nanoseconds(static_cast<std::int64_t>(replayed_ns));
}

std::uint64_t to_archived(nanoseconds replayed, double speed) noexcept {
  const long double archived_ns = static_cast<long double>(replayed.count()) * static_cast<long double>(speed);
  if (archived_ns >= static_cast<long double>(never.count())) return static_cast<std::uint64_t>(never.count());
  return static_cast<std::uint64_t>(archived_ns);
}

}  // namespace

void Pace::advance_to(std::int64_t time_ns) noexcept {
  if (latest_ns_ && time_ns > *latest_ns_) {
    // Unsigned: from the first of times to the last of them is more than 63 bits.
    std::uint64_t step_ns = static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(*latest_ns_);
    if (options_.max_pause) step_ns = std::min(step_ns, to_archived(*options_.max_pause, *options_.speed));
    archived_ns_ += std::min(step_ns, std::numeric_limits<std::uint64_t>::max() - archived_ns_);
  }
  latest_ns_ = std::max(time_ns, latest_ns_.value_or(time_ns));
}

bool Pace::wait_for(std::int64_t time_ns) {
  if (!options_.speed) return true;
  advance_to(time_ns);
  if (!start_) start_ = seen_now_ = timer_.now();
  const nanoseconds due = *start_ + passed();
  // What was due when the clock was last looked at is due now.
  if (due <= seen_now_) return true;
  seen_now_ = timer_.now();
  if (due <= seen_now_) return true;
  if (due - seen_now_ > long_wait && options_.on_long_wait) std::exchange(options_.on_long_wait, {})(due - seen_now_);
  if (!timer_.sleep_until(due)) return false;
  seen_now_ = due;
  return true;
}

nanoseconds Pace::passed() const noexcept {
  return to_replayed(archived_ns_, options_.speed.value_or(1));
}

}  // namespace logbuf::replay
