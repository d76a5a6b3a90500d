// The processes of the soak: started, signalled, and judged by how they end. None of them outlives this object; and if
// the driver is killed, the kernel kills them.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace logbuf::soak {

using Clock = std::chrono::steady_clock;

// Something does not hold: the run is over.
class Failure : public std::runtime_error {
  using runtime_error::runtime_error;
};

// A signal wants the run to end.
class Interrupted : public std::runtime_error {
  using runtime_error::runtime_error;
};

enum class Role { producer, archiver, reader };
inline constexpr std::size_t kRoles = 3;
const char* name_of(Role role);

using ChildNumber = std::uint64_t;  // of a process, never used again; 0: none

struct Child {
  ChildNumber number = 0;
  Role role = Role::producer;
  std::uint32_t ring = 0;
  std::uint32_t producer = 0;  // of producers
  std::string command;
  pid_t pid = -1;
  int said = -1;  // a file in memory: its stderr
  bool killed = false;
  bool has_limit = false;  // of processor time
  bool stopped = false;
  std::set<int> sent;  // signals that may end it, if it does not expect them yet
};

// How a child has ended.
struct Ended {
  Child child;
  int exit_code = 0;
  int signal = 0;  // 0: it has exited
  std::string said;

  // We killed it, or its time was over: in the midst of whatever it did.
  bool killed() const { return (signal == SIGKILL && child.killed) || used_up(); }
  bool used_up() const { return signal == SIGPROF && child.has_limit; }
};

class Children {
 public:
  Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children();  // kills those that are left, and waits for them

  struct Start {
    Role role = Role::producer;
    std::uint32_t ring = 0;
    std::uint32_t producer = 0;
    std::vector<std::string> command;
    std::chrono::microseconds lives_for{};  // of processor time, then the kernel ends it; 0: for as long as it likes
    int inherited = -1;                     // a descriptor that it shall have
    bool nobody_reads = false;              // its stdout: a pipe without a reader, instead of nothing
  };
  ChildNumber start(const Start& start);

  // Null: it has been reaped.
  Child* find(ChildNumber number);
  template <typename Which>
  std::vector<Child*> those(Which which) {
    std::vector<Child*> all;
    for (auto& [number, child] : children_) {
      if (which(child)) all.push_back(&child);
    }
    return all;
  }

  void kill(Child& child);
  void send(Child& child, int signal);
  void stop(Child& child);
  void go_on(Child& child);
  void all_go_on();

  // Reaps, and calls back with each that has ended, until `until`; returns early when somebody has ended. Throws
  // Interrupted.
  void wait(Clock::time_point until, const std::function<void(const Ended&)>& ended);

 private:
  bool reap(const std::function<void(const Ended&)>& ended);

  sigset_t held_;
  sigset_t before_;
  int nothing_ = -1;  // /dev/null
  std::map<ChildNumber, Child> children_;
  ChildNumber last_ = 0;
};

}  // namespace logbuf::soak
