// The monotonic clock, and sleep that a signal ends.
#pragma once

#include "pace.hpp"
#include "stop.hpp"

namespace logbuf::replay {

class SignalTimer final : public Timer {
 public:
  explicit SignalTimer(write::StopSignals& stop) : stop_(stop) {}

  std::chrono::nanoseconds now() override { return std::chrono::steady_clock::now().time_since_epoch(); }
  // False: SIGINT or SIGTERM has come.
  bool sleep_until(std::chrono::nanoseconds time) override {
    for (auto left = time - now(); left.count() > 0; left = time - now()) {
      if (!stop_.nap(left)) return false;
    }
    return true;
  }

 private:
  write::StopSignals& stop_;
};

}  // namespace logbuf::replay
