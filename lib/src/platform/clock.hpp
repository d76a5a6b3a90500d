// The clocks, in nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

namespace logbuf {

inline std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now;
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t realtime_ns() noexcept {
  return clock_ns(CLOCK_REALTIME);
}
inline std::int64_t monotonic_ns() noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

// The processor's cycle counter; 0 where there is none.
inline std::uint64_t cycle_count() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}

}  // namespace logbuf
