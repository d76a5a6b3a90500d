// Waiting for the other side, as a program that owns its CPU would: pause a while, then let others run.
#pragma once

#include <sched.h>

namespace logbuf::bench {

class BackOff {
 public:
  void pause() noexcept {
    if (round_ < kPauses) {
      ++round_;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    } else {
      ::sched_yield();
    }
  }
  void reset() noexcept { round_ = 0; }

 private:
  static constexpr unsigned kPauses = 64;
  unsigned round_ = 0;
};

}  // namespace logbuf::bench
