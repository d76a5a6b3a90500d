#include "terminal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

namespace {

using Clock = std::chrono::steady_clock;

// A terminal whose program has ended reads as an error, EIO.
void take(int& fd, std::string& text) {
  std::array<char, 65536> chunk{};
  const ssize_t count = read(fd, chunk.data(), chunk.size());
  if (count > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    close(fd);
    fd = -1;
  }
}

}  // namespace

TerminalProgram::TerminalProgram(const std::vector<std::string>& words, const OnTerminal& which) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
  REQUIRE(pipe2(err.data(), O_CLOEXEC) == 0);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const winsize size{.ws_row = 25, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  pid_ = forkpty(&terminal_fd_, nullptr, nullptr, &size);
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    if (!which.out) dup2(out[1], STDOUT_FILENO);
    if (!which.err) dup2(err[1], STDERR_FILENO);
    unsetenv("NO_COLOR");
    unsetenv("TERM");
    if (!which.term.empty()) setenv("TERM", which.term.c_str(), 1);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  fcntl(terminal_fd_, F_SETFD, FD_CLOEXEC);
  close(out[1]);
  close(err[1]);
  out_fd_ = out[0];
  err_fd_ = err[0];
}

TerminalProgram::~TerminalProgram() {
  for (const int fd : {terminal_fd_, out_fd_, err_fd_}) {
    if (fd >= 0) close(fd);
  }
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void TerminalProgram::pump() {
  std::array<pollfd, 3> fds{{{.fd = terminal_fd_, .events = POLLIN, .revents = 0},
                             {.fd = out_fd_, .events = POLLIN, .revents = 0},
                             {.fd = err_fd_, .events = POLLIN, .revents = 0}}};
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(Program::time_limit);
  INFO("on the terminal so far: ", shown_.terminal);
  REQUIRE_MESSAGE(poll(fds.data(), fds.size(), static_cast<int>(limit.count())) > 0, "the program takes too long");
  if (fds[0].revents != 0) take(terminal_fd_, shown_.terminal);
  if (fds[1].revents != 0) take(out_fd_, shown_.out);
  if (fds[2].revents != 0) take(err_fd_, shown_.err);
}

void TerminalProgram::wait_for(std::string_view text) {
  while (!contains(shown_.terminal, text)) {
    INFO("waiting for: ", std::string(text));
    INFO("on the terminal so far: ", shown_.terminal);
    REQUIRE(terminal_fd_ >= 0);
    pump();
  }
}

void TerminalProgram::type(std::string_view keys) {
  REQUIRE(write(terminal_fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

Shown TerminalProgram::wait() {
  while (terminal_fd_ >= 0 || out_fd_ >= 0 || err_fd_ >= 0) pump();
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  shown_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return shown_;
}
