// A process that has a producer, and lives until the test kills it.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#include <logbuf/queue.hpp>

#include "child.hpp"

namespace test {

// A child that does something with a producer of its own, says so, and then sleeps until it is killed.
class Holder {
 public:
  template <typename Body>
  Holder(const std::string& ring, Body body) {
    int said[2];
    REQUIRE(::pipe(said) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::alarm(60);
      auto producer = logbuf::queue::mpsc::Producer::attach(ring, {.name = "holder"});
      if (producer) body(*producer, [&] { (void)!::write(said[1], "r", 1); });
      ::_exit(producer ? 0 : 1);
    }
    ::close(said[1]);
    char c;
    ready_ = ::read(said[0], &c, 1) == 1;
    ::close(said[0]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { kill(); }

  bool ready() const { return ready_; }
  pid_t pid() const { return pid_; }
  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::kill(pid_, SIGCONT);
    wait_for(std::exchange(pid_, -1));
  }

 private:
  pid_t pid_ = -1;
  bool ready_ = false;
};

// It claims, writes a part, and goes no further.
inline void hold_claim(logbuf::queue::mpsc::Producer& producer, auto say) {
  auto claim = producer.try_claim(100);
  std::memset(claim->bytes().data(), 0xee, 60);
  say();
  for (;;) ::pause();
}

}  // namespace test
