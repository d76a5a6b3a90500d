// A forked child has copies of its parent's ends: they refuse, and disturb nothing.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "peer.hpp"
#include "scratch_ring.hpp"

using logbuf::Consumer;
using test::in_child;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

TEST_CASE("in a forked child a producer refuses, and the parent's goes on") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  CHECK(in_child([&] {
          return producer.try_claim(1).error() == logbuf::ClaimError::disconnected &&
                 producer.try_claim_batch(2, 1).error() == logbuf::ClaimError::disconnected &&
                 producer.copied_by_fork() && !required(Producer::attach(ring.name())).copied_by_fork();
        }) == 1);
  CHECK_FALSE(producer.copied_by_fork());
  REQUIRE(put(producer, "x"));
  CHECK(take(consumer) == "x");
  CHECK(ring.status().tail == 16);
}

TEST_CASE("in a forked child a consumer finds nothing and releases nothing") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "x"));
  CHECK(in_child([&] { return !consumer.try_claim() && !consumer.try_claim_batch(4096); }) == 1);
  {
    auto claim = consumer.try_claim();
    REQUIRE(claim);
    CHECK(in_child([&] {
            claim.reset();
            return 0;
          }) == 0);
    CHECK(ring.status().head == 0);
    CHECK(test::text_of(claim->bytes()) == "x");
  }
  CHECK(ring.status().head == 16);
}

TEST_CASE("a claim that was open at a fork is the parent's alone") {
  for (const bool commits : {true, false}) {
    const test::ScratchRing ring;
    auto consumer = required(Consumer::attach(ring.name()));
    auto producer = required(Producer::attach(ring.name()));
    std::optional<logbuf::WriteClaim> claim(std::move(*producer.try_claim(1)));
    CHECK(in_child([&] {
            if (commits) claim->commit();
            claim.reset();
            return 0;
          }) == 0);
    CHECK(consumer.state() == logbuf::RingState::blocked);
    claim->bytes()[0] = std::byte{'x'};
    claim->commit();
    CHECK(take(consumer) == "x");
    CHECK(ring.status().total_records == 1);
    CHECK(ring.status().total_aborted == 0);
  }
}

TEST_CASE("a batch that was open at a fork is the parent's alone") {
  const test::ScratchRing ring;
  auto consumer = required(Consumer::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  std::optional<logbuf::WriteBatch> batch(std::move(*producer.try_claim_batch(2, 1)));
  CHECK(in_child([&] {
          batch.reset();
          return 0;
        }) == 0);
  CHECK(consumer.state() == logbuf::RingState::blocked);
  batch->commit();
  CHECK(consumer.try_claim());
  CHECK(consumer.try_claim());
}

TEST_CASE("in a forked child a channel's ends are disconnected, and do not wait") {
  const test::ScratchRing ring;
  auto sender = required(logbuf::channel::mpsc::Sender::attach(ring.name()));
  auto receiver = required(logbuf::channel::mpsc::Receiver::attach(ring.name()));
  const auto refuse = [&] {
    return sender.send(1).error() == logbuf::SendError::disconnected &&
           receiver.recv().error() == logbuf::RecvError::disconnected &&
           receiver.try_recv().error() == logbuf::RecvError::disconnected;
  };
  CHECK(in_child(refuse) == 1);
  REQUIRE(sender.send(test::bytes_of("x")));
  CHECK(in_child(refuse) == 1);
  CHECK(receiver.recv());
}

TEST_CASE("the ends outlive a child that destroys its copies of them") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  std::optional<Consumer> consumer(required(Consumer::attach(ring.name())));
  std::optional<Producer> producer(required(Producer::attach(ring.name())));
  CHECK(in_child([&] {
          producer.reset();
          consumer.reset();
          return 0;
        }) == 0);
  CHECK(ring.status().producers.at(0).alive);
  CHECK(ring.status().consumer->alive);
  CHECK(test::error_of(Producer::attach(ring.name())) == logbuf::Errc::no_free_slot);
  CHECK(test::error_of(Consumer::attach(ring.name())) == logbuf::Errc::consumer_present);
  REQUIRE(put(*producer, "x"));
  CHECK(take(*consumer) == "x");
}

TEST_CASE("a child attaches anew, beside its parent") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
  auto consumer = required(Consumer::attach(ring.name()));
  auto producer = required(Producer::attach(ring.name()));
  CHECK(in_child([&] {
          auto own = Producer::attach(ring.name());
          if (!own || own->slot() == producer.slot() || !put(*own, "child")) return 0;
          // And a grandchild's copy of the child's refuses in its turn.
          return in_child([&] { return own->try_claim(1).error() == logbuf::ClaimError::disconnected; });
        }) == 1);
  CHECK(take(consumer) == "child");
  REQUIRE(put(producer, "parent"));
  CHECK(take(consumer) == "parent");
}

TEST_CASE("the forked child of a dead process keeps none of its slots alive") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  int ready[2];
  int hold[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(hold) == 0);
  // The child attaches both ends, forks a grandchild that stays, and is killed.
  const pid_t child = ::fork();
  if (child == 0) {
    const auto producer = Producer::attach(ring.name());
    const auto consumer = Consumer::attach(ring.name());
    if (!producer || !consumer) ::_exit(1);
    if (::fork() == 0) {
      ::close(hold[1]);
      (void)!::write(ready[1], "r", 1);
      char c;
      (void)!::read(hold[0], &c, 1);  // until the test closes its end
      ::_exit(0);
    }
    for (;;) ::pause();
  }
  char c;
  REQUIRE(::read(ready[0], &c, 1) == 1);
  CHECK(ring.status().producers.at(0).alive);
  ::kill(child, SIGKILL);
  CHECK(test::wait_for(child) == -SIGKILL);
  CHECK_FALSE(ring.status().producers.at(0).alive);
  CHECK_FALSE(ring.status().consumer->alive);
  CHECK(Producer::attach(ring.name()));
  CHECK(Consumer::attach(ring.name()));
  for (const int fd : {ready[0], ready[1], hold[0], hold[1]}) ::close(fd);
}

TEST_CASE("an anonymous ring's ends refuse in a forked child, too") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(4096));
  CHECK(in_child([&] {
          return producer.try_claim(1).error() == logbuf::ClaimError::disconnected && !consumer.try_claim() &&
                 !producer.clone();
        }) == 1);
  REQUIRE(put(producer, "x"));
  CHECK(take(consumer) == "x");
}
