// A process that dies lets go of what it held, however it dies.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "peer.hpp"
#include "scratch_ring.hpp"

using logbuf::Consumer;
using logbuf::Errc;
using test::Peer;
using test::required;
using Producer = logbuf::queue::mpsc::Producer;

TEST_CASE("a second consumer is refused while the first lives, and accepted after its SIGKILL") {
  const test::ScratchRing ring;
  Peer first({"hold-consumer", ring.name()});
  REQUIRE(first.ready());
  CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::consumer_present);
  CHECK(logbuf::error_detail().find(std::to_string(first.pid())) != std::string::npos);
  CHECK(ring.status().consumer->alive);
  CHECK(ring.status().consumer->pid == static_cast<std::uint32_t>(first.pid()));
  first.kill();
  REQUIRE(ring.status().consumer);
  CHECK_FALSE(ring.status().consumer->alive);
  CHECK(Consumer::attach(ring.name()));
}

TEST_CASE("a consumer that ends in order is gone") {
  const test::ScratchRing ring;
  Peer first({"hold-consumer", ring.name()});
  REQUIRE(first.ready());
  CHECK(first.let_go() == 0);
  CHECK_FALSE(ring.status().consumer);
}

TEST_CASE("a producer that was killed with nothing in flight leaves its slot to the next") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
  const auto consumer = required(Consumer::attach(ring.name()));
  Peer first({"hold-producer", ring.name()});
  REQUIRE(first.ready());
  const auto own = required(Producer::attach(ring.name()));
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot);
  CHECK(ring.status().producers.size() == 2);
  first.kill();
  for (const auto& producer : ring.status().producers) CHECK(producer.alive == (producer.slot == own.slot()));
  CHECK(consumer.has_producers());
  const auto next = required(Producer::attach(ring.name()));
  CHECK(next.slot() != own.slot());
}

TEST_CASE("a consumer knows that its last producer was killed") {
  const test::ScratchRing ring;
  auto receiver = required(logbuf::channel::mpsc::Receiver::attach(ring.name()));
  Peer producer({"hold-producer", ring.name()});
  REQUIRE(producer.ready());
  CHECK(test::error_of(receiver.try_recv()) == logbuf::RecvError::timeout);
  producer.kill();
  CHECK(test::error_of(receiver.recv()) == logbuf::RecvError::disconnected);
}

TEST_CASE("a producer at a full ring knows that its consumer was killed") {
  const test::ScratchRing ring;
  auto sender = required(logbuf::channel::mpsc::Sender::attach(ring.name()));
  Peer consumer({"hold-consumer", ring.name()});
  REQUIRE(consumer.ready());
  while (sender.try_send(test::bytes_of("filler"))) {
  }
  CHECK(sender.has_consumer());
  consumer.kill();
  CHECK_FALSE(sender.has_consumer());
  CHECK(test::error_of(sender.send(test::bytes_of("one more"))) == logbuf::SendError::disconnected);
}

TEST_CASE("the slots of many killed producers can all be had again") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 4});
  for (int round = 0; round < 3; ++round) {
    std::vector<Peer> peers;
    for (int i = 0; i < 4; ++i) peers.emplace_back(std::vector<std::string>{"hold-producer", ring.name()});
    for (auto& peer : peers) REQUIRE(peer.ready());
    CHECK(test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot);
    for (auto& peer : peers) peer.kill();
  }
  std::vector<Producer> producers;
  for (int i = 0; i < 4; ++i) producers.push_back(required(Producer::attach(ring.name())));
}
