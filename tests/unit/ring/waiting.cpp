// Channels: who waits, and what ends the waiting. No test here depends on how long anything takes.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "scratch_ring.hpp"

using logbuf::RecvError;
using logbuf::SendError;
using test::bytes_of;
using test::required;
using test::text_of;
namespace channel = logbuf::channel;
using namespace std::chrono_literals;

namespace {

// Far more than anything here takes: who waits this long has missed its wake-up.
constexpr auto kForever = std::chrono::minutes(10);

// Not a measurement: an early return takes no time, and one that is missed takes all of it.
bool park_returns_early(logbuf::Consumer& consumer) {
  constexpr auto timeout = std::chrono::seconds(20);
  const auto begin = std::chrono::steady_clock::now();
  consumer.park(timeout);
  return std::chrono::steady_clock::now() - begin < timeout;
}

}  // namespace

TEST_CASE("what is sent is received") {
  auto [sender, receiver] = required(channel::mpsc::create(4096));
  REQUIRE(sender.send(bytes_of("sent"), 5));
  REQUIRE(sender.try_send(bytes_of("tried")));
  {
    const auto claim = receiver.recv();
    REQUIRE(claim);
    CHECK(text_of(claim->bytes()) == "sent");
    CHECK(claim->type() == 5);
  }
  CHECK(text_of(receiver.try_recv()->bytes()) == "tried");
  CHECK(test::error_of(receiver.try_recv()) == RecvError::timeout);
  CHECK(test::error_of(receiver.recv(1us)) == RecvError::timeout);
}

TEST_CASE("a channel's claim wakes the receiver by itself") {
  auto ends = required(channel::spsc::create(4096));
  std::thread sending([sender = std::move(ends.first)]() mutable {
    auto claim = sender.send(1);
    claim->bytes()[0] = std::byte{'w'};
    claim->commit();
    while (!sender.is_closed()) std::this_thread::yield();
  });
  {
    auto receiver = std::move(ends.second);
    CHECK(text_of(receiver.recv(kForever)->bytes()) == "w");
  }
  sending.join();
}

TEST_CASE("the senders' errors are told apart") {
  auto ends = required(channel::mpsc::create(4096));
  auto sender = std::move(ends.first);
  CHECK(test::error_of(sender.send(0)) == SendError::empty);
  CHECK(test::error_of(sender.try_send(std::span<const std::byte>())) == SendError::empty);
  CHECK(test::error_of(sender.send(4096)) == SendError::too_large);
  CHECK(test::error_of(sender.try_send(std::size_t(-8))) == SendError::too_large);
  {
    const auto claim = sender.send(1);
    CHECK(test::error_of(sender.send(1)) == SendError::busy);
  }
  while (sender.try_send(2040)) {
  }
  CHECK(test::error_of(sender.try_send(2040)) == SendError::full);
  {
    const auto receiver = std::move(ends.second);
  }
  CHECK(test::error_of(sender.try_send(1)) == SendError::disconnected);
  CHECK(test::error_of(sender.send(1)) == SendError::disconnected);
}

TEST_CASE("a full ring without a living consumer is disconnected, not waited for") {
  const test::ScratchRing ring;
  auto sender = required(channel::mpsc::Sender::attach(ring.name()));
  std::uint64_t sent = 0;
  for (;;) {
    const auto done = sender.send(bytes_of(std::string(1000, 'x')));
    if (done) {
      ++sent;
      continue;
    }
    CHECK(test::error_of(done) == SendError::disconnected);
    break;
  }
  CHECK(sent == 4);  // until then, it accepts
  auto receiver = required(channel::mpsc::Receiver::attach(ring.name()));
  CHECK(receiver.recv());
  CHECK(sender.send(bytes_of(std::string(1000, 'x'))));
}

TEST_CASE("a receiver hears that the last sender has gone, and gets every record first") {
  auto ends = required(channel::mpsc::create(4096));
  {
    auto first = std::move(ends.first);
    auto second = required(first.clone());
    REQUIRE(first.send(bytes_of("1")));
    REQUIRE(second.send(bytes_of("2")));
  }
  CHECK(text_of(ends.second.recv()->bytes()) == "1");
  CHECK(text_of(ends.second.recv()->bytes()) == "2");
  CHECK(test::error_of(ends.second.recv()) == RecvError::disconnected);
  CHECK(test::error_of(ends.second.try_recv()) == RecvError::disconnected);
}

TEST_CASE("a receiver whose last claim is open says so, and does not wait for itself") {
  auto ends = required(channel::mpsc::create(4096));
  REQUIRE(ends.first.send(bytes_of("1")));
  REQUIRE(ends.first.send(bytes_of("2")));
  {
    const auto claim = ends.second.recv();
    CHECK(test::error_of(ends.second.recv()) == RecvError::busy);
    CHECK(test::error_of(ends.second.recv_batch(4096, 1us)) == RecvError::busy);
  }
  CHECK(text_of(ends.second.recv()->bytes()) == "2");
}

TEST_CASE("a receiver is not disconnected while one of several senders lives") {
  auto ends = required(channel::mpsc::create(4096));
  const auto staying = required(ends.first.clone());
  {
    const auto going = std::move(ends.first);
  }
  CHECK(test::error_of(ends.second.recv(1us)) == RecvError::timeout);
}

TEST_CASE("a receiver on a named ring waits for the first sender to come") {
  const test::ScratchRing ring;
  auto receiver = required(channel::mpsc::Receiver::attach(ring.name()));
  CHECK(test::error_of(receiver.try_recv()) == RecvError::timeout);
  {
    const auto sender = required(channel::mpsc::Sender::attach(ring.name()));
  }
  CHECK(test::error_of(receiver.try_recv()) == RecvError::disconnected);
  auto sender = required(channel::mpsc::Sender::attach(ring.name()));
  CHECK(test::error_of(receiver.try_recv()) == RecvError::timeout);
  REQUIRE(sender.send(bytes_of("again")));
  CHECK(receiver.recv());
}

TEST_CASE("closing ends a wait") {
  const test::ScratchRing ring;
  auto receiver = required(channel::mpsc::Receiver::attach(ring.name()));
  const auto sender = required(channel::mpsc::Sender::attach(ring.name()));
  std::thread closing([&] {
    auto segment = logbuf::Segment::open(ring.name());
    (void)segment->close();
  });
  CHECK(test::error_of(receiver.recv(kForever)) == RecvError::disconnected);
  closing.join();
}

TEST_CASE("a closed ring is not disconnected while a claim is open in it") {
  auto [sender, receiver] = required(channel::mpsc::create(4096));
  auto claim = sender.send(1);
  REQUIRE(claim);
  receiver.close();
  CHECK(test::error_of(receiver.recv(1us)) == RecvError::timeout);
  claim->commit();
  CHECK(receiver.recv());
  CHECK(test::error_of(receiver.recv()) == RecvError::disconnected);
}

TEST_CASE("an interrupt ends the park to come") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(4096));
  consumer.interrupt();
  CHECK(park_returns_early(consumer));
  std::thread other([&own = consumer] { own.interrupt(); });
  CHECK(park_returns_early(consumer));
  other.join();
}

TEST_CASE("a park looks at the ring again: it does not sleep where a record is ready") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(4096));
  REQUIRE(test::put(producer, "x"));  // a queue's commit wakes nobody
  CHECK(park_returns_early(consumer));
  CHECK(test::take(consumer));
}

TEST_CASE("a park does not sleep where the ring was closed before it") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(4096));
  consumer.close();
  CHECK(park_returns_early(consumer));
}

TEST_CASE("a park does not sleep through the going of a producer that was there when it was asked") {
  for (const bool named : {true, false}) {
    const test::ScratchRing ring;
    auto ends = required(logbuf::queue::mpsc::create(4096));
    auto consumer = named ? required(logbuf::Consumer::attach(ring.name())) : std::move(ends.second);
    {
      const auto producer =
          named ? required(logbuf::queue::mpsc::Producer::attach(ring.name())) : std::move(ends.first);
      CHECK(consumer.has_producers());
    }
    CHECK(park_returns_early(consumer));
    CHECK_FALSE(consumer.has_producers());
  }
}

TEST_CASE("a park sleeps where there is nothing to do, also when producers have come and gone") {
  const test::ScratchRing ring;
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  {
    const auto producer = required(logbuf::queue::mpsc::Producer::attach(ring.name()));
  }
  consumer.park(1ns);  // sees that
  const auto switches = [] {
    rusage usage = {};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
  };
  const auto before = switches();
  for (int i = 0; i < 20; ++i) consumer.park(1ms);
  CHECK(switches() > before);  // it gave the processor away
}

TEST_CASE("batches are received like records") {
  auto [sender, receiver] = required(channel::mpsc::create(4096));
  CHECK(test::error_of(receiver.recv_batch(4096, 1us)) == RecvError::timeout);
  for (int i = 0; i < 3; ++i) REQUIRE(sender.send(bytes_of("b")));
  auto batch = receiver.recv_batch(4096, kForever);
  REQUIRE(batch);
  int records = 0;
  for ([[maybe_unused]] const logbuf::Record& record : *batch) ++records;
  CHECK(records == 3);
}
