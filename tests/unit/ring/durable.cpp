// Waiting until a record is durable.
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include <logbuf/logbuf.hpp>

#include "scratch_ring.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using logbuf::DurableError;
using logbuf::queue::mpsc::Producer;

}  // namespace

TEST_CASE("a record is durable when its consumer has told that what is below its end is") {
  const ScratchRing ring({.capacity = 4096});
  const Producer producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK_FALSE(ring.status().archive.has_value());
  CHECK(producer.wait_durable(0, 1ms).error() == DurableError::timeout);
  consumer.report_archived({.written = 48, .synced = 24, .written_seq = 2, .synced_seq = 1});
  CHECK(producer.wait_durable(0, 0ns).has_value());
  CHECK(producer.wait_durable(24, 1ms).error() == DurableError::timeout);
  const auto archive = ring.status().archive;
  REQUIRE(archive.has_value());
  CHECK(archive->written == 48);
  CHECK(archive->synced_seq == 1);
  // A successor that does not know it yet takes nothing back.
  consumer.report_archived({.written = 24, .synced = 0, .written_seq = 1, .synced_seq = 0});
  CHECK(ring.status().archive->written == 48);
  CHECK(producer.wait_durable(0, 0ns).has_value());
}

TEST_CASE("who waits is woken by what is told, not by the clock") {
  const ScratchRing ring({.capacity = 4096});
  const Producer producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  for (logbuf::Position end = 24; end < 24 * 200; end += 24) {
    std::thread teller([&] { consumer.report_archived({.written = end, .synced = end}); });
    CHECK(producer.wait_durable(end - 24, 1h).has_value());
    teller.join();
  }
}

TEST_CASE("who waits on a ring that is closed, and that nobody drains, is disconnected") {
  const ScratchRing ring({.capacity = 4096});
  const Producer producer = required(Producer::attach(ring.name()));
  {
    auto consumer = required(logbuf::Consumer::attach(ring.name()));
    consumer.report_archived({.written = 24, .synced = 24});
    consumer.close();
    CHECK(producer.wait_durable(24, 1ms).error() == DurableError::timeout);
  }
  CHECK(producer.wait_durable(24, 1h).error() == DurableError::disconnected);
  CHECK(producer.wait_durable(0, 1h).has_value());
}

}  // namespace test
