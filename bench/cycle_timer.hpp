// The processor's cycle counter as a stopwatch. Where there is none, nanoseconds stand for cycles.
#pragma once

#include <time.h>

#include <cstdint>

namespace logbuf::bench {

inline std::uint64_t monotonic_ns() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// Roughly now; may be read early or late by what the processor has in flight.
inline std::uint64_t cycles_now() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return monotonic_ns();
#endif
}

// Around what is measured. The fences keep it inside: all before has been done, nothing of it has begun; all
// of it has been done, nothing behind has begun. Stores count as done when they are in the store buffer.
inline std::uint64_t cycles_before() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
  const std::uint64_t now = __builtin_ia32_rdtsc();
  __builtin_ia32_lfence();
  return now;
#else
  return monotonic_ns();
#endif
}
inline std::uint64_t cycles_after() noexcept {
#if defined(__x86_64__)
  unsigned cpu = 0;
  const std::uint64_t now = __builtin_ia32_rdtscp(&cpu);
  __builtin_ia32_lfence();
  return now;
#else
  return monotonic_ns();
#endif
}

// Against CLOCK_MONOTONIC, over 100 ms.
double calibrate_cycles_per_ns();

// What cycles_before() and cycles_after() show with nothing between them: the median of many.
std::uint64_t measure_timer_cycles();

}  // namespace logbuf::bench
