// Waiting that ends: at the condition, at a limit, or when somebody wants the program to end.
#pragma once

#include <chrono>
#include <functional>

#include "failure.hpp"
#include "process_group.hpp"

namespace logbuf::bench {

// Somebody wants the program to end: no failure of what it was doing.
class Interrupted : public cli::Stop {
 public:
  using cli::Stop::Stop;
};

class Waiter {
 public:
  using Duration = std::chrono::nanoseconds;

  explicit Waiter(const HeldSignals& signals) noexcept : signals_(signals) {}

  // Looks every `step`. False: not within `limit`. Throws Interrupted at SIGINT, SIGTERM and SIGHUP.
  bool until(const std::function<bool()>& condition, Duration limit,
             Duration step = std::chrono::milliseconds(1)) const;
  void pause(Duration time) const;

 private:
  const HeldSignals& signals_;
};

}  // namespace logbuf::bench
