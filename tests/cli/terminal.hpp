// Runs a program on a terminal of its own, and sees what it writes there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run.hpp"

// Which of its descriptors the terminal is; the others are pipes, read to their end.
struct OnTerminal {
  bool out = true;
  bool err = true;
  std::string term = "xterm";  // TERM; empty: not set
};

struct Shown {
  int status;            // exit code, or 128 + the signal
  std::string terminal;  // all that came to it, \r\n for each newline
  std::string out;       // where stdout is no terminal
  std::string err;       // likewise stderr
};

class TerminalProgram {
 public:
  explicit TerminalProgram(const std::vector<std::string>& words, const OnTerminal& which = {});
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;
  ~TerminalProgram();  // kills it, if it still runs

  void wait_for(std::string_view text);  // on the terminal
  // As if typed: "\x03" is Ctrl-C.
  void type(std::string_view keys);
  Shown wait();

 private:
  void pump();

  pid_t pid_ = -1;
  int terminal_fd_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  Shown shown_{};
};

inline Shown run_on_terminal(const std::vector<std::string>& words, const OnTerminal& which = {}) {
  return TerminalProgram(words, which).wait();
}
