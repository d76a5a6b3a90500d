// A producer that lives is waited for, whatever it does; one that is dead is not, whatever lives in its place.
#include <doctest/doctest.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "holder.hpp"
#include "scratch_ring.hpp"
#include "survivors.hpp"

using logbuf::Blockage;
using logbuf::Consumer;
using test::hold_claim;
using test::Holder;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;
using Records = std::vector<std::string>;

namespace {

const logbuf::SegmentOptions kThree = {.capacity = 4096, .max_producers = 3};

// A process that does nothing, under a pid that is free; killed when the test is over.
class Successor {
 public:
  // Not by fork(): whatever descriptors we have, it has, too.
  explicit Successor(pid_t pid) {
    clone_args arguments = {};
    arguments.exit_signal = SIGCHLD;
    arguments.set_tid = reinterpret_cast<std::uintptr_t>(&pid);
    arguments.set_tid_size = 1;
    pid_ = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid_ == 0) ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    while (pid_ == 0) ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);  // pause(), which not every machine has
    error_ = pid_ < 0 ? errno : 0;
  }
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;
  ~Successor() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    test::wait_for(pid_);
  }

  int error() const { return error_; }  // 0: it lives
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int error_ = 0;
};

}  // namespace

TEST_CASE("a stopped producer that lives is never skipped: its record arrives whole when it continues") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  Holder holder(ring.name(), [](auto& producer, auto say) {
    auto claim = producer.try_claim(100);
    std::memset(claim->bytes().data(), 'x', 50);
    say();
    ::raise(SIGSTOP);
    std::memset(claim->bytes().data() + 50, 'y', 50);
    claim->commit();
    say();
    for (;;) ::pause();
  });
  REQUIRE(holder.ready());
  int status = 0;
  REQUIRE(::waitpid(holder.pid(), &status, WUNTRACED) == holder.pid());
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(put(other, "behind"));
  auto receiver = required(logbuf::Receiver::attach(ring.name()));
  for (int i = 0; i < 1000; ++i) CHECK(receiver.consumer().unblock().kind == Blockage::Kind::waiting);
  CHECK(test::error_of(receiver.recv(std::chrono::milliseconds(50))) == logbuf::RecvError::timeout);
  ::kill(holder.pid(), SIGCONT);
  {
    const auto record = receiver.recv();
    REQUIRE(record);
    CHECK(test::text_of(record->bytes()) == std::string(50, 'x') + std::string(50, 'y'));
  }
  CHECK(take(receiver.consumer()) == "behind");
  test::check_at_rest(ring, 2);
  CHECK(ring.status().holes == 0);
}

TEST_CASE("a claim that a living process has leaked is reported, and the ring goes on when that process ends") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(ring.status().blocked->since_ns == 0);
  const Blockage first = consumer.unblock();
  CHECK(first.kind == Blockage::Kind::waiting);
  REQUIRE(first.slot);
  CHECK(*first.slot != other.slot());
  CHECK(first.producer.name == "holder");
  CHECK(first.producer.pid == static_cast<std::uint32_t>(holder.pid()));
  CHECK(first.since_ns > 0);
  CHECK(consumer.unblock().since_ns == first.since_ns);
  const auto status = ring.status();
  REQUIRE(status.blocked);
  CHECK(status.blocked->slot == first.slot);
  CHECK(status.blocked->since_ns == first.since_ns);
  CHECK(status.blocked->position == consumer.position());
  holder.kill();
  CHECK(test::drain(consumer).records == Records{"behind"});
  test::check_at_rest(ring, 1);
}

TEST_CASE("a forked child of a dead producer does not keep its claim alive") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  int held[2];
  REQUIRE(::pipe(held) == 0);
  Holder holder(ring.name(), [&](auto& producer, auto say) {
    auto claim = producer.try_claim(100);
    if (::fork() == 0) {
      ::close(held[1]);
      ::alarm(60);
      say();
      char c;
      (void)!::read(held[0], &c, 1);  // until the test closes its end
      ::_exit(0);
    }
    ::close(held[1]);
    for (;;) ::pause();
  });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  holder.kill();
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
  CHECK(test::drain(consumer).records == Records{"behind"});
  ::close(held[0]);
  ::close(held[1]);
}

TEST_CASE("of two attachments in one process the one that goes leaves the other's claim alone") {
  const test::ScratchRing ring(kThree);
  auto consumer = required(Consumer::attach(ring.name()));
  auto stays = required(Producer::attach(ring.name()));
  auto goes = std::optional(required(Producer::attach(ring.name())));
  auto claim = stays.try_claim(4);
  REQUIRE(claim);
  goes.reset();
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  std::memcpy(claim->bytes().data(), "mine", 4);
  claim->commit();
  CHECK(take(consumer) == "mine");
}

TEST_CASE("a producer in another pid namespace is seen alive, and dead") {
  const test::ScratchRing ring(kThree);
  int ready[2];
  int end[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(end) == 0);
  // Only a child of the process that asks is in the new namespace.
  const pid_t outer = ::fork();
  REQUIRE(outer >= 0);
  if (outer == 0) {
    ::close(end[1]);
    if (::unshare(CLONE_NEWPID) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
      (void)!::write(ready[1], "n", 1);
      ::_exit(0);
    }
    const pid_t inner = ::fork();
    if (inner == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto producer = Producer::attach(ring.name(), {.name = "elsewhere"});
      if (!producer) ::_exit(1);
      const auto claim = producer->try_claim(10);
      (void)!::write(ready[1], ::getpid() == 1 ? "1" : "?", 1);
      for (;;) ::pause();
    }
    char c;
    (void)!::read(end[0], &c, 1);  // until the test closes its end
    ::kill(inner, SIGKILL);
    ::_exit(test::wait_for(inner) == -SIGKILL ? 0 : 1);
  }
  ::close(ready[1]);
  char c = 0;
  REQUIRE(::read(ready[0], &c, 1) == 1);
  ::close(ready[0]);
  ::close(end[0]);
  if (c == 'n') {
    ::close(end[1]);
    MESSAGE("not tested: this system does not let us make a pid namespace");
    CHECK(test::wait_for(outer) == 0);
    return;
  }
  CHECK(c == '1');
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(ring.status().producers.at(0).pid == 1);  // its own view, which says nothing here
  CHECK(ring.status().producers.at(0).alive);
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  ::close(end[1]);
  CHECK(test::wait_for(outer) == 0);
  CHECK_FALSE(ring.status().producers.at(0).alive);
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
}

TEST_CASE("a dead producer is dead though a living process has got its pid") {
  // Somebody else's process may get the pid first.
  for (int tries = 0; tries < 100; ++tries) {
    const test::ScratchRing ring(kThree);
    Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
    REQUIRE(holder.ready());
    const pid_t pid = holder.pid();
    holder.kill();
    const Successor successor(pid);
    if (successor.error() == EEXIST) continue;
    if (successor.error() != 0) {
      MESSAGE("not run: only root may choose a process's pid");
      return;
    }
    REQUIRE(successor.pid() == pid);
    CHECK(::kill(pid, 0) == 0);

    const auto dead = ring.status().producers;
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].pid == static_cast<std::uint32_t>(pid));
    CHECK_FALSE(dead[0].alive);
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK_FALSE(consumer.has_producers());
    auto other = required(Producer::attach(ring.name()));
    REQUIRE(put(other, "behind"));
    const test::Drained got = test::drain(consumer);
    CHECK(got.recovered == 1);
    CHECK(got.records == Records{"behind"});
    // Its slot is free: there are three.
    const auto second = required(Producer::attach(ring.name()));
    const auto third = required(Producer::attach(ring.name()));
    test::check_at_rest(ring, 1);
    return;
  }
  FAIL("its pid was always taken");
}
