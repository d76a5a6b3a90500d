// Who has which slot of the producer table, and who is the consumer.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <logbuf/queue.hpp>

#include "scratch_ring.hpp"

using logbuf::Consumer;
using logbuf::Errc;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

TEST_CASE("every producer has a slot of its own, also a clone") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 3});
  auto consumer = required(Consumer::attach(ring.name()));
  auto first = required(Producer::attach(ring.name()));
  auto second = required(Producer::attach(ring.name()));
  auto third = required(first.clone());
  CHECK(first.slot() != second.slot());
  CHECK(first.slot() != third.slot());
  CHECK(second.slot() != third.slot());
  for (auto* const producer : {&second, &third, &first}) {
    REQUIRE(put(*producer, "x"));
    CHECK(consumer.try_claim()->producer() == producer->slot());
  }
}

TEST_CASE("a full producer table refuses, saying how many there are and what to do") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
  const auto first = required(Producer::attach(ring.name()));
  const auto second = required(Producer::attach(ring.name()));
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot);
  CHECK(logbuf::error_detail().find(ring.name()) != std::string::npos);
  CHECK(logbuf::error_detail().find("2 producer") != std::string::npos);
  CHECK(logbuf::error_detail().find("--producers") != std::string::npos);
  CHECK(test::error_of(first.clone()) == Errc::no_free_slot);
}

TEST_CASE("an spsc ring has one producer at a time") {
  const test::ScratchRing ring({.capacity = 4096, .kind = logbuf::Kind::spsc, .max_producers = 64});
  using Spsc = logbuf::queue::spsc::Producer;
  {
    const auto first = required(Spsc::attach(ring.name()));
    CHECK(test::error_of(Spsc::attach(ring.name())) == Errc::no_free_slot);
    CHECK(test::error_of(first.clone()) == Errc::no_free_slot);
  }
  CHECK(Spsc::attach(ring.name()));
}

TEST_CASE("an spsc producer goes on where the one before it stopped") {
  const test::ScratchRing ring({.capacity = 4096, .kind = logbuf::Kind::spsc});
  auto consumer = required(Consumer::attach(ring.name()));
  for (int i = 0; i < 1000; ++i) {
    auto producer = required(logbuf::queue::spsc::Producer::attach(ring.name()));
    REQUIRE(put(producer, "record " + std::to_string(i)));
    CHECK(take(consumer) == "record " + std::to_string(i));
  }
}

TEST_CASE("a slot is free again when its producer has detached") {
  for (const bool named : {true, false}) {
    const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
    auto ends = required(logbuf::queue::mpsc::create({.capacity = 4096, .max_producers = 2}));
    auto producer = named ? required(Producer::attach(ring.name())) : std::move(ends.first);
    for (int i = 0; i < 100; ++i) {
      auto clone = required(producer.clone());
      REQUIRE(put(clone, "x"));
    }
  }
}

TEST_CASE("a newcomer takes a slot whose records are gone rather than one whose records are in the ring") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 2});
  {
    auto gone = required(Producer::attach(ring.name(), {.name = "gone"}));
    REQUIRE(gone.slot() == 0);
    REQUIRE(put(gone, "x"));
  }
  const auto newcomer = required(Producer::attach(ring.name()));
  CHECK(newcomer.slot() == 1);
}

TEST_CASE("a slot is taken though records of its last owner are in the ring, if there is no other") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  {
    auto first = required(Producer::attach(ring.name()));
    REQUIRE(put(first, "x"));
  }
  CHECK(Producer::attach(ring.name()));
}

TEST_CASE("a second consumer is refused, and told who the first is") {
  const test::ScratchRing ring;
  {
    const auto first = required(Consumer::attach(ring.name(), {.name = "the-first"}));
    CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::consumer_present);
    CHECK(logbuf::error_detail().find("the-first") != std::string::npos);
    CHECK(logbuf::error_detail().find(std::to_string(::getpid())) != std::string::npos);
    CHECK(ring.status().consumer->alive);
    CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::consumer_present);  // nor did asking free it
  }
  CHECK_FALSE(ring.status().consumer);
  CHECK(Consumer::attach(ring.name()));
}

TEST_CASE("ends in one process do not let go of each other's locks") {
  const test::ScratchRing ring;
  const auto consumer = required(Consumer::attach(ring.name()));
  const auto producer = required(Producer::attach(ring.name()));
  {
    const auto other = required(Producer::attach(ring.name()));
    const auto clone = required(producer.clone());
    const auto segment = required(logbuf::Segment::open(ring.name()));
  }
  const auto status = ring.status();
  REQUIRE(status.producers.size() == 1);
  CHECK(status.producers[0].alive);
  CHECK(status.producers[0].slot == producer.slot());
  REQUIRE(status.consumer);
  CHECK(status.consumer->alive);
  CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::consumer_present);
  CHECK(consumer.has_producers());
  CHECK(producer.has_consumer());
}

TEST_CASE("one producer going does not make the consumer think that all are gone") {
  for (const bool named : {true, false}) {
    const test::ScratchRing ring;
    auto ends = required(logbuf::queue::mpsc::create(4096));
    auto consumer = named ? required(Consumer::attach(ring.name())) : std::move(ends.second);
    std::vector<Producer> producers;
    if (named) {
      CHECK_FALSE(consumer.had_producers());
      CHECK_FALSE(consumer.has_producers());
      producers.push_back(required(Producer::attach(ring.name())));
    } else {
      producers.push_back(std::move(ends.first));
    }
    producers.push_back(required(producers[0].clone()));
    producers.push_back(required(producers[0].clone()));
    for (int left = 3; left > 0; --left) {
      CHECK(consumer.has_producers());
      producers.erase(producers.begin());
    }
    CHECK_FALSE(consumer.has_producers());
    CHECK(consumer.had_producers());
  }
}

TEST_CASE("the name of an end is kept whole up to 79 bytes and refused beyond") {
  const test::ScratchRing ring;
  const std::string longest(79, 'n');
  const auto producer = required(Producer::attach(ring.name(), {.name = longest}));
  const auto consumer = required(Consumer::attach(ring.name(), {.name = longest}));
  CHECK(ring.status().producers.at(0).name == longest);
  CHECK(ring.status().consumer->name == longest);
  CHECK(test::error_of(Producer::attach(ring.name(), {.name = longest + "n"})) == Errc::invalid_option);
  CHECK(test::error_of(Consumer::attach(ring.name(), {.name = longest + "n"})) == Errc::invalid_option);
}

TEST_CASE("an end without a name has its program's") {
  const test::ScratchRing ring;
  const auto producer = required(Producer::attach(ring.name()));
  CHECK(ring.status().producers.at(0).name == "unit-ring");
}

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // whose own shadow memory faults
TEST_CASE("nothing is left to fault in after an attach or a clone: the first lap is as fast as the others") {
  const std::size_t capacity = std::size_t{4} << 20;  // 1024 pages
  const test::ScratchRing ring({.capacity = capacity});
  const auto faults = [] {
    rusage usage = {};
    ::getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt + usage.ru_majflt;
  };
  auto consumer = required(Consumer::attach(ring.name()));
  auto first = required(Producer::attach(ring.name()));
  auto clone = required(first.clone());
  const std::string record(4088, 'x');
  for (auto* const producer : {&clone, &first}) {
    const auto before = faults();
    for (std::size_t i = 0; i < capacity / 4096; ++i) REQUIRE(put(*producer, record));
    for (std::size_t i = 0; i < capacity / 4096; ++i) REQUIRE(take(consumer));
    CHECK(faults() - before < 200);
  }
}
#endif
