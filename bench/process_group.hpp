// The worker processes of one run: started together, waited for together, and gone when this is.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace logbuf::bench {

// While it lives, SIGINT, SIGTERM and SIGHUP do not end this process but the wait() below, so that rings are
// unlinked on the way out. Make one, before there are threads.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals();

  const sigset_t& held() const noexcept { return held_; }
  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t held_;
  sigset_t before_;
};

class ProcessGroup {
 public:
  explicit ProcessGroup(const HeldSignals& signals) noexcept : signals_(signals) {}
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  ~ProcessGroup();  // kills those that still run

  // This program once more, with other arguments. It dies with this process, and inherits the descriptors.
  void start(const std::vector<std::string>& arguments, const std::vector<int>& descriptors);

  // Until all have ended well. Stops the program where one has not, at a signal, or after `limit`.
  void wait(std::chrono::seconds limit);

 private:
  bool take_ended();

  const HeldSignals& signals_;
  std::vector<pid_t> running_;
};

}  // namespace logbuf::bench
