// What a ring says of itself: positions and counters.
#include <doctest/doctest.h>
#include <unistd.h>

#include <logbuf/queue.hpp>

#include "scratch_ring.hpp"

using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

TEST_CASE("positions and counts follow what is sent and taken") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  REQUIRE(put(producer, "12345678"));
  REQUIRE(put(producer, "1"));
  auto status = ring.status();
  CHECK(status.tail == 32);
  CHECK(status.consumed == 0);
  CHECK(status.head == 0);
  CHECK(status.records_consumed == 0);
  CHECK(take(consumer));
  status = ring.status();
  CHECK(status.tail == 32);
  CHECK(status.consumed == 16);
  CHECK(status.head == 16);
  CHECK(status.records_consumed == 1);
  CHECK(status.total_records == 2);
  CHECK(status.total_bytes == 9);
}

TEST_CASE("each producer's counters are its own, and the totals are everybody's, also of those who left") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
  auto first = required(Producer::attach(ring.name(), {.name = "first"}));
  {
    auto second = required(Producer::attach(ring.name(), {.name = "second"}));
    REQUIRE(put(second, "abc"));
    second.try_claim(5)->abort();
  }
  auto third = required(Producer::attach(ring.name(), {.name = "third"}));
  CHECK(third.slot() == 1);  // the second's
  REQUIRE(put(first, "a"));
  REQUIRE(put(third, "ab"));
  REQUIRE(put(third, std::string(2000, 'x')));
  REQUIRE(put(third, std::string(1800, 'x')));
  CHECK_FALSE(third.try_claim(2000, 0, logbuf::IfFull::drop));
  const auto status = ring.status();
  REQUIRE(status.producers.size() == 2);
  CHECK(status.producers[0].name == "first");
  CHECK(status.producers[0].records == 1);
  CHECK(status.producers[0].bytes == 1);
  CHECK(status.producers[0].refused == 0);
  CHECK(status.producers[1].name == "third");
  CHECK(status.producers[1].records == 3);
  CHECK(status.producers[1].bytes == 3802);
  CHECK(status.producers[1].refused == 1);
  CHECK(status.producers[1].aborted == 0);
  CHECK(status.producers[1].pid == static_cast<std::uint32_t>(::getpid()));
  CHECK(status.producers[1].pid_start > 0);
  CHECK(status.total_records == 5);
  CHECK(status.total_bytes == 3806);
  CHECK(status.total_refused == 1);
  CHECK(status.total_aborted == 1);
  CHECK(status.producers_attached == 3);
}

TEST_CASE("a batch counts as its records and their payload") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto batch = producer.try_claim_batch(3, 5);
  REQUIRE(batch);
  CHECK(ring.status().total_records == 0);
  batch->commit();
  CHECK(ring.status().total_records == 3);
  CHECK(ring.status().total_bytes == 15);
}

TEST_CASE("a consumer that asks for the status finds itself alive") {
  const test::ScratchRing ring;
  auto consumer = required(logbuf::Consumer::attach(ring.name(), {.name = "asker"}));
  const auto status = consumer.status();
  REQUIRE(status.consumer);
  CHECK(status.consumer->name == "asker");
  CHECK(status.consumer->alive);
}
