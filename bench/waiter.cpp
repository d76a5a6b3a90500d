#include "waiter.hpp"

#include <signal.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace logbuf::bench {
namespace {

using Clock = std::chrono::steady_clock;

void sleep_unless_ended(const HeldSignals& signals, Clock::time_point end) {
  for (;;) {
    const auto left = std::max(Waiter::Duration(0), std::chrono::duration_cast<Waiter::Duration>(end - Clock::now()));
    const timespec time = {.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
    const int signal = ::sigtimedwait(&signals.held(), nullptr, &time);
    if (signal == -1) return;
    if (signal != SIGCHLD) throw Interrupted(cli::ExitCode::failed, std::string("ended by ") + ::strsignal(signal));
  }
}

}  // namespace

bool Waiter::until(const std::function<bool()>& condition, Duration limit, Duration step) const {
  const auto end = Clock::now() + limit;
  while (!condition()) {
    const auto now = Clock::now();
    if (now >= end) return false;
    sleep_unless_ended(signals_, std::min(now + step, end));
  }
  return true;
}

void Waiter::pause(Duration time) const {
  sleep_unless_ended(signals_, Clock::now() + time);
}

}  // namespace logbuf::bench
