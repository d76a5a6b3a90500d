// Waiting for the other side without asking it to wake us: spin, then yield, then nap, longer each time.
#pragma once

#include <sched.h>
#include <time.h>

#include <logbuf/detail/pace.hpp>

namespace logbuf {

class Backoff {
 public:
  // True once spinning and yielding have not helped.
  bool napping() const noexcept { return round_ >= kSpins + kYields; }

  void pause() noexcept {
    if (round_ < kSpins) {
      for (int i = 0; i < kPausesPerSpin; ++i) detail::relax();
    } else if (round_ < kSpins + kYields) {
      ::sched_yield();
    } else {
      const timespec nap = {.tv_sec = 0, .tv_nsec = nap_ns_};
      ::nanosleep(&nap, nullptr);
      if (nap_ns_ < kLongestNap_ns) nap_ns_ *= 2;
    }
    ++round_;
  }

 private:
  static constexpr unsigned kSpins = 16;
  static constexpr unsigned kYields = 16;
  static constexpr int kPausesPerSpin = 16;
  static constexpr long kFirstNap_ns = 50'000;
  static constexpr long kLongestNap_ns = 1'000'000;

  unsigned round_ = 0;
  long nap_ns_ = kFirstNap_ns;
};

}  // namespace logbuf
