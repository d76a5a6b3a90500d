// Another process, started and ended by a test.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "child.hpp"

namespace test {

// peer.cpp in a process of its own; killed, if it has not ended, when the test has.
class Peer {
 public:
  explicit Peer(const std::vector<std::string>& arguments) {
    const char* const program = std::getenv("LOGBUF_PEER");
    REQUIRE_MESSAGE(program != nullptr, "LOGBUF_PEER names the program build/tests/process/peer");
    int in[2];
    int out[2];
    REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    std::vector<char*> argv = {const_cast<char*>(program)};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execv(program, argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  Peer(Peer&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), in_(std::exchange(other.in_, -1)), out_(std::exchange(other.out_, -1)) {}
  ~Peer() {
    if (pid_ > 0) kill();
    if (in_ >= 0) ::close(in_);
    if (out_ >= 0) ::close(out_);
  }

  pid_t pid() const { return pid_; }
  int out() const { return out_; }
  bool ready() const {
    char text[6];
    std::size_t got = 0;
    while (got < sizeof text) {
      const ssize_t n = ::read(out_, text + got, sizeof text - got);
      if (n <= 0) return false;
      got += static_cast<std::size_t>(n);
    }
    return true;
  }
  // Everything it holds is gone when this returns: the kernel has ended the process.
  int kill() {
    ::kill(pid_, SIGKILL);
    return wait_for(std::exchange(pid_, -1));
  }
  int wait() { return wait_for(std::exchange(pid_, -1)); }
  // Ends a peer that holds something.
  int let_go() {
    ::close(std::exchange(in_, -1));
    return wait();
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

}  // namespace test
