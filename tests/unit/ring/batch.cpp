// Several records at once: claimed and committed together, read and released together.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <logbuf/queue.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

using logbuf::ClaimError;
using logbuf::Kind;
using test::put;
using test::required;
using test::take;
using test::text_of;
namespace queue = logbuf::queue;

namespace {

void fill(logbuf::WriteBatch& batch) {
  char c = 'a';
  for (const auto bytes : batch) std::memset(bytes.data(), c++, bytes.size());
}

std::vector<std::string> all(logbuf::ReadBatch& batch) {
  std::vector<std::string> texts;
  for (const logbuf::Record& record : batch) texts.push_back(text_of(record.bytes()));
  return texts;
}

}  // namespace

TEST_CASE("a batch of records is seen whole or not at all") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  const std::array<std::size_t, 3> lengths = {1, 8, 3};
  auto batch = producer.try_claim_batch(lengths, 9);
  REQUIRE(batch);
  CHECK(batch->size() == 3);
  fill(*batch);
  CHECK(take(consumer) == std::nullopt);
  CHECK(consumer.state() == logbuf::RingState::blocked);
  batch->commit();
  auto read = consumer.try_claim_batch(4096);
  REQUIRE(read);
  CHECK(all(*read) == std::vector<std::string>{"a", "bbbbbbbb", "ccc"});
}

TEST_CASE("a batch is seen whole or not at all at every offset, also across the end of the lap") {
  for (const bool timestamps : {false, true}) {
    auto [producer, consumer] = required(queue::mpsc::create({.capacity = 4096, .timestamps = timestamps}));
    const std::array<std::size_t, 4> lengths = {40, 1, 200, 7};
    std::uint64_t skips = 0;
    for (int round = 0; round < 2000; ++round) {
      const auto before = consumer.position();
      auto batch = producer.try_claim_batch(lengths);
      REQUIRE(batch);
      fill(*batch);
      CHECK_FALSE(consumer.try_claim());
      CHECK(consumer.position() == before);
      batch->commit();
      auto read = consumer.try_claim_batch(4096);
      REQUIRE(read);
      if (read->begin_position() != before) ++skips;
      CHECK(all(*read) ==
            std::vector<std::string>{std::string(40, 'a'), "b", std::string(200, 'c'), std::string(7, 'd')});
      read->release();
      // Something that moves the next batch on by 8 more than the last.
      REQUIRE(put(producer, std::string(static_cast<std::size_t>(8 + round % 64 * 8), 'x')));
      CHECK(take(consumer));
    }
    CHECK(skips > 100);
    CHECK(consumer.records_consumed() == 2000 * 5);
  }
}

TEST_CASE("a batch that is walked at once holds what it holds record by record") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int round = 0; round < 2000; ++round) {
    for (int i = 0; i < 9; ++i) {
      REQUIRE(put(producer, std::string(static_cast<std::size_t>(1 + (round + i * i) % 90), 'x')));
      auto aborted = producer.try_claim(8);  // leaves a skip
    }
    const std::uint64_t most_bytes = static_cast<std::uint64_t>(1 + round % 800);
    auto one_by_one = consumer.try_claim_batch(most_bytes);
    REQUIRE(one_by_one);
    const auto texts = all(*one_by_one);
    const auto end = one_by_one->end_position();
    const auto data = text_of(one_by_one->data());
    one_by_one->keep();
    auto at_once = consumer.try_claim_batch(most_bytes);
    REQUIRE(at_once);
    at_once->walk();
    CHECK(at_once->records() == texts.size());
    CHECK(at_once->end_position() == end);
    CHECK(text_of(at_once->data()) == data);
    CHECK_FALSE(at_once->next());
    at_once->release();
    while (take(consumer)) {
    }
  }
}

TEST_CASE("an aborted batch is passed over, and counted as one claim") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 50; ++i) {
    auto batch = producer.try_claim_batch(5, 100);
    REQUIRE(batch);
    fill(*batch);
    if (i % 2 == 0) batch->abort();
    batch = std::unexpected(ClaimError::full);  // destroys it
    REQUIRE(put(producer, "next"));
    CHECK(take(consumer) == "next");
  }
  CHECK(consumer.status().total_aborted == 50);
  CHECK(consumer.status().total_records == 50);
}

TEST_CASE("a batch has at least one record, each of at least a byte, and fits in half the ring") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  CHECK(test::error_of(producer.try_claim_batch(0, 1)) == ClaimError::empty);
  CHECK(test::error_of(producer.try_claim_batch(2, 0)) == ClaimError::empty);
  CHECK(test::error_of(producer.try_claim_batch(std::size_t(-1), 8)) == ClaimError::too_large);
  CHECK(test::error_of(producer.try_claim_batch(129, 8)) == ClaimError::too_large);
  const std::array<std::size_t, 2> one_is_empty = {1, 0};
  CHECK(test::error_of(producer.try_claim_batch(one_is_empty)) == ClaimError::empty);
  CHECK(consumer.state() == logbuf::RingState::empty);
  for (int i = 0; i < 600; ++i) {  // at every offset of an empty ring
    auto batch = producer.try_claim_batch(128, 8);
    REQUIRE(batch);
    batch->commit();
    std::uint64_t records = 0;
    while (auto read = consumer.try_claim_batch(4096)) records += all(*read).size();
    CHECK(records == 128);
    REQUIRE(put(producer, "12345678"));
    CHECK(take(consumer));
  }
}

TEST_CASE("a batch that finds no room and is dropped counts each of its records as refused") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  REQUIRE(put(producer, std::string(2040, 'x')));
  REQUIRE(put(producer, std::string(1000, 'x')));
  CHECK(test::error_of(producer.try_claim_batch(4, 300)) == ClaimError::full);
  CHECK(consumer.status().total_refused == 0);
  CHECK(test::error_of(producer.try_claim_batch(4, 300, 0, logbuf::IfFull::drop)) == ClaimError::full);
  CHECK(consumer.status().total_refused == 4);
  CHECK(producer.try_claim_batch(3, 300));
}

TEST_CASE("head moves once for a batch, when it is released") {
  const test::ScratchRing ring;
  auto producer = required(queue::mpsc::Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  for (int i = 0; i < 5; ++i) REQUIRE(put(producer, "12345678"));
  auto batch = consumer.try_claim_batch(4096);
  REQUIRE(batch);
  CHECK(all(*batch).size() == 5);
  CHECK(ring.status().head == 0);
  CHECK(ring.status().consumed == 0);
  CHECK(batch->records() == 5);
  CHECK(batch->first_record() == 0);
  CHECK(batch->begin_position() == 0);
  CHECK(batch->end_position() == 80);
  CHECK(batch->data().size() == 80);
  batch->release();
  CHECK(ring.status().head == 80);
  CHECK(ring.status().consumed == 80);
  CHECK(ring.status().records_consumed == 5);
}

TEST_CASE("a batch that is kept stays in the ring") {
  const test::ScratchRing ring;
  auto producer = required(queue::mpsc::Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  REQUIRE(put(producer, "a"));
  REQUIRE(put(producer, "b"));
  auto batch = consumer.try_claim_batch(4096);
  REQUIRE(batch);
  CHECK(all(*batch).size() == 2);
  batch->keep();
  CHECK(ring.status().head == 0);
  CHECK(consumer.records_consumed() == 0);
  CHECK(take(consumer) == "a");
  CHECK(take(consumer) == "b");
}

TEST_CASE("what a loop over a batch did not come to stays in the ring") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (const char* const text : {"a", "b", "c", "d"}) REQUIRE(put(producer, text));
  {
    auto batch = consumer.try_claim_batch(4096);
    REQUIRE(batch);
    for (const logbuf::Record& record : *batch) {
      if (text_of(record.bytes()) == "b") break;
    }
  }
  CHECK(consumer.records_consumed() == 2);
  CHECK(take(consumer) == "c");
  CHECK(take(consumer) == "d");
}

TEST_CASE("a batch that nobody walked releases nothing") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  REQUIRE(put(producer, "a"));
  {
    const auto batch = consumer.try_claim_batch(4096);
  }
  CHECK(consumer.position() == 0);
  CHECK(take(consumer) == "a");
}

TEST_CASE("a batch begins no record at or beyond its limit, and has one at least") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 6; ++i) REQUIRE(put(producer, "12345678"));  // 16 bytes each
  const auto count = [&own = consumer](std::uint64_t max_bytes) {
    auto batch = own.try_claim_batch(max_bytes);
    const auto records = all(*batch).size();
    batch->keep();
    return records;
  };
  CHECK(count(0) == 1);
  CHECK(count(1) == 1);
  CHECK(count(16) == 1);
  CHECK(count(32) == 2);
  CHECK(count(std::uint64_t(-1)) == 6);
}

TEST_CASE("a batch ends with the lap, so that it is one piece of memory") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(put(producer, std::string(1000, 'x')));
    CHECK(take(consumer));
  }
  REQUIRE(put(producer, std::string(504, 'a')));
  REQUIRE(put(producer, std::string(600, 'b')));  // does not fit before the end
  REQUIRE(put(producer, "c"));
  auto first = consumer.try_claim_batch(4096);
  REQUIRE(first);
  CHECK(all(*first) == std::vector<std::string>{std::string(504, 'a')});
  CHECK(first->end_position() == 4096);  // the skip goes with it
  CHECK(first->data().size() == 512);    // but is no data
  first->release();
  auto second = consumer.try_claim_batch(4096);
  REQUIRE(second);
  CHECK(all(*second) == std::vector<std::string>{std::string(600, 'b'), "c"});
  CHECK(second->begin_position() == 4096);
}

TEST_CASE("skips before the first record of a batch are released, skips between records are data") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  producer.try_claim(8)->abort();
  REQUIRE(put(producer, "a"));
  producer.try_claim(8)->abort();
  REQUIRE(put(producer, "b"));
  producer.try_claim(8)->abort();
  auto batch = consumer.try_claim_batch(4096);
  REQUIRE(batch);
  CHECK(all(*batch) == std::vector<std::string>{"a", "b"});
  CHECK(batch->data_position() == 16);
  CHECK(batch->data().size() == 48);
  CHECK(batch->end_position() == 80);
}

TEST_CASE("a ring that holds only skips gives no batch, and is empty") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 1000; ++i) {
    producer.try_claim(static_cast<std::size_t>(1 + i % 700))->abort();
    CHECK_FALSE(consumer.try_claim_batch(4096));
    CHECK(consumer.state() == logbuf::RingState::empty);
  }
}

TEST_CASE("all records of a batch have the time of the first") {
  auto [producer, consumer] = required(queue::mpsc::create({.capacity = 4096, .timestamps = true}));
  auto batch = producer.try_claim_batch(3, 5);
  REQUIRE(batch);
  fill(*batch);
  batch->commit();
  std::vector<std::int64_t> times;
  auto read = consumer.try_claim_batch(4096);
  REQUIRE(read);
  for (const logbuf::Record& record : *read) times.push_back(record.time_ns().value());
  REQUIRE(times.size() == 3);
  CHECK(times[0] > 0);
  CHECK(times[1] == times[0]);
  CHECK(times[2] == times[0]);
}

TEST_CASE("headers that a stranger wrote into an open batch give no span beyond it") {
  const test::ScratchRing ring({.capacity = 4096, .timestamps = true});
  auto producer = required(queue::mpsc::Producer::attach(ring.name()));
  const test::RawSegment raw(ring.name());
  for (const std::uint32_t length : {0U, 1U, 8U, 16U, 17U, 24U, 40U, 41U, 0x7fff'ffffU, 0xffff'ffffU}) {
    CAPTURE(length);
    auto batch = producer.try_claim_batch(3, 8);  // 24 bytes each
    REQUIRE(batch);
    const std::byte* const first = (*batch->begin()).data() - 16;
    const auto at = raw.words().tail.tail - 72;
    for (std::uint64_t offset = 24; offset < 72; offset += 8) raw.word(at + offset) = length;
    int steps = 0;
    for (const auto bytes : *batch) {
      REQUIRE(++steps < 100);
      if (bytes.empty()) continue;  // may stand anywhere
      CHECK(bytes.data() >= first);
      CHECK(bytes.size() <= 72);
      CHECK(bytes.data() + bytes.size() <= first + 72);
    }
    batch->abort();
    for (std::uint64_t offset = 24; offset < 72; offset += 8) raw.word(at + offset) = 0;
  }
}
