// A program in a process of its own, which ends with the test at the latest.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace test {

class Program {
 public:
  // `prepare` runs in the child before exec; it may only make system calls.
  explicit Program(const std::vector<std::string>& command, const std::function<void()>& prepare = {});
  Program(Program&& other) noexcept;
  Program(const Program&) = delete;
  Program& operator=(Program&&) = delete;
  ~Program();  // kills it

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // SIGKILL; returns when it is gone.
  void kill();
  // SIGSTOP; returns when it stands still.
  void stop();
  // Its exit code, or 128 + the signal that ended it. A program that does not end in minutes fails the test.
  int wait();
  bool running();
  // Closes its stdin: for a feeder the gate.
  void close_stdin();
  // Waits for one byte on its stdout. False: it has closed it.
  bool read_byte();
  // Closes our end of its stdout.
  void close_stdout();
  // Everything it has written to stdout that was not read yet, up to its end.
  std::string rest_of_stdout();
  // What it has written to stderr so far.
  std::string said() const;
  bool has_said(const std::string& what) const { return said().find(what) != std::string::npos; }

 private:
  bool collect(int options);

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;  // a file in memory
  std::optional<int> code_;
};

// While it lives, programs are started without a leak sanitizer's check, which does not work below strace.
class WithoutLeakCheck {
 public:
  WithoutLeakCheck();
  WithoutLeakCheck(const WithoutLeakCheck&) = delete;
  WithoutLeakCheck& operator=(const WithoutLeakCheck&) = delete;
  ~WithoutLeakCheck();

 private:
  std::optional<std::string> before_;
};

// strace of a running process, its threads and what comes of them; nothing where processes may not be traced, and that
// has been said.
std::unique_ptr<Program> attach_strace(pid_t pid, const std::vector<std::string>& options);

// The value of an environment variable that meson sets: the path of a program.
std::string path_of(const char* variable);

// Waits until something is true, for a minute or two; then the test fails.
void wait_until(const std::string& what, const std::function<bool()>& condition);

// All that is in a file now.
std::string contents_of_file(const std::filesystem::path& file);

}  // namespace test
