// A program in a process of its own, which this one may kill at any time, and which ends with this one.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "waiter.hpp"

namespace logbuf::bench {

struct ChildOptions {
  std::vector<std::string> environment = {};  // "NAME=value", besides what this program has
  std::vector<int> descriptors = {};          // that it inherits, under the same numbers
  int output = -1;                            // its stdout; -1: the log
  int log = -1;                               // its stderr
  bool as_nobody = false;                     // gives up being root
  int cpu = -1;                               // that it and its threads run on; -1: anywhere
};

class Child {
 public:
  // command[0] is a path.
  Child(const std::vector<std::string>& command, const ChildOptions& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child() { kill(); }

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number) noexcept;
  // SIGKILL; returns when it is gone.
  void kill();
  // The same for it and for all that it has started, and they have.
  void kill_with_descendants();
  // Its exit status, or 128 + the signal that ended it; nothing, if it has not ended within the limit.
  std::optional<int> wait(const Waiter& waiter, Waiter::Duration limit);
  // What it has used, once it has ended.
  const rusage& usage() const noexcept { return usage_; }

 private:
  bool collect(int options);

  pid_t pid_ = -1;
  std::optional<int> status_;
  rusage usage_{};
};

// Where PATH has it; empty: nowhere.
std::string find_program(const std::string& name);

// A program that does one thing and ends. Its exit status; nothing, if it had to be killed at the limit.
std::optional<int> run_to_end(const std::vector<std::string>& command, const ChildOptions& options,
                              const Waiter& waiter, Waiter::Duration limit);

// The lines that it writes to stdout, each without its end. Its exit status; nothing, if it had to be killed at the
// limit.
std::optional<int> read_lines(const std::vector<std::string>& command, ChildOptions options, const Waiter& waiter,
                              Waiter::Duration limit, const std::function<void(std::string_view)>& line);

// From here on the orphans that children leave behind become this process's own.
void adopt_orphans();
// Kills them, and those that they leave behind; none of the Children may be running.
void end_orphans();

}  // namespace logbuf::bench
