// Runs the real programs, and sees what they write and how they end.
//
// Nothing here waits for a time to pass. What is waited for (a sentence on stderr, the end) is waited for
// until `time_limit`, and a test that comes to that fails.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

struct Ended {
  int status;  // exit code, or 128 + the signal
  std::string out;
  std::string err;
};

class Program {
 public:
  static constexpr auto time_limit = std::chrono::seconds(60);

  // words[0] is the program's path. Its stdin, stdout and stderr are pipes.
  explicit Program(const std::vector<std::string>& words);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // kills it, if it still runs

  pid_t pid() const { return pid_; }
  // For its stdin: passed on by whatever waits next.
  void input(std::string_view bytes) { to_write_ += bytes; }
  void wait_for_out(std::string_view text) { pump_until(out_, text); }
  void wait_for_err(std::string_view text) { pump_until(err_, text); }
  template <typename Condition>
  void wait_until(Condition condition) {
    while (!condition()) pump(std::chrono::milliseconds(1));
  }
  void signal(int number) const;
  // Ends its stdin, and waits for its end.
  Ended finish();
  // Waits for its end; its stdin stays open.
  Ended wait();

 private:
  using Clock = std::chrono::steady_clock;
  void pump_until(const std::string& text, std::string_view wanted);
  // One turn: writes, reads, or ends the test at the time limit. Waits for at most so long.
  void pump(std::chrono::milliseconds most = time_limit);
  bool take(int& fd, std::string& text);

  pid_t pid_ = -1;
  int in_fd_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  bool end_input_ = false;
  std::string to_write_;
  std::string out_;
  std::string err_;
  Clock::time_point limit_ = Clock::now() + time_limit;
};

// From beginning to end.
Ended run(const std::vector<std::string>& words, std::string_view input = "");

// Is it installed here? Says that the test is not run, if not.
bool has_program(const std::string& name);

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
