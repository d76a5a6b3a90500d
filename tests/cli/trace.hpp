// A program stopped at one of its system calls, so that something can happen just there.
#pragma once

// Where the system lets us trace, and no sanitizer's run-time traces for itself.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LOGBUF_CAN_TRACE 1
#else
#define LOGBUF_CAN_TRACE 0
#endif

#if LOGBUF_CAN_TRACE

#include <doctest/doctest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "run.hpp"

class TracedProgram {
 public:
  // It waits, in a shell that has stopped, until it is traced.
  explicit TracedProgram(const std::vector<std::string>& words) : program_(in_stopped_shell(words)) {
    int status = 0;
    REQUIRE(waitpid(program_.pid(), &status, WUNTRACED) == program_.pid());
    REQUIRE(WIFSTOPPED(status));
    REQUIRE(ptrace(PTRACE_SEIZE, program_.pid(), nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    REQUIRE(waitpid(program_.pid(), &status, 0) == program_.pid());
    program_.signal(SIGCONT);
  }

  // Runs it to the `count`-th time (from 0) that it enters or leaves a system call, counted from where it opens `path`
  // first. How often it asks for memory differs from run to run: that does not count. False: it has ended before.
  bool run_to(const std::string& path, int count) {
    bool opened = false;
    while (next_stop()) {
      const auto registers = registers_now();
      opened = opened || opens(path, registers);
      if (opened && registers.orig_rax != SYS_brk && count-- == 0) return true;
    }
    return false;
  }
  // Lets it run.
  Program& let_go() {
    ptrace(PTRACE_DETACH, program_.pid(), nullptr, nullptr);
    return program_;
  }
  // Lets it run, to its end.
  Ended finish() { return let_go().finish(); }

 private:
  static std::vector<std::string> in_stopped_shell(const std::vector<std::string>& words) {
    std::vector<std::string> all{"sh", "-c", "kill -STOP $$; exec \"$@\"", "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  // Where it enters or leaves a system call.
  bool next_stop() {
    for (;;) {
      if (ptrace(PTRACE_SYSCALL, program_.pid(), nullptr, pass_on_) != 0) return false;
      siginfo_t info = {};
      // Its end is left for Program to collect.
      if (waitid(P_PID, static_cast<id_t>(program_.pid()), &info, WSTOPPED | WEXITED | WNOWAIT) != 0) return false;
      if (info.si_code != CLD_TRAPPED) return false;
      int status = 0;
      if (waitpid(program_.pid(), &status, 0) != program_.pid()) return false;
      const int number = WSTOPSIG(status);
      if (number == (SIGTRAP | 0x80)) {
        pass_on_ = 0;
        return true;
      }
      pass_on_ = number == SIGTRAP || status >> 16 != 0 ? 0 : number;
    }
  }

  user_regs_struct registers_now() const {
    user_regs_struct registers = {};
    if (ptrace(PTRACE_GETREGS, program_.pid(), nullptr, &registers) != 0) return {};
    return registers;
  }

  bool opens(const std::string& path, const user_regs_struct& registers) const {
    return registers.orig_rax == SYS_openat && text_at(registers.rsi, path.size() + 1) == path;
  }

  std::string text_at(unsigned long long address, std::size_t most) const {
    std::string text;
    while (text.size() < most) {
      errno = 0;
      const long word = ptrace(PTRACE_PEEKDATA, program_.pid(), address + text.size(), nullptr);
      if (errno != 0) break;
      text.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    return text.substr(0, text.find('\0'));
  }

  Program program_;
  int pass_on_ = 0;  // a signal that it was stopped for
};

#endif
