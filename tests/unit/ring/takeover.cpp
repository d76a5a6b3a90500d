// What a consumer finds that comes after another one, however far that one had come.
#include <doctest/doctest.h>

#include <cstring>

#include <logbuf/queue.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

using logbuf::Consumer;
using logbuf::Errc;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

TEST_CASE("a successor goes on behind the last released record, and the count goes on with it") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  for (std::uint64_t i = 0; i < 500; ++i) {
    REQUIRE(put(producer, "record " + std::to_string(i)));
    REQUIRE(put(producer, "unread"));
    {
      auto first = required(Consumer::attach(ring.name()));
      CHECK(first.records_consumed() == 2 * i);
      CHECK(take(first) == "record " + std::to_string(i));
    }
    auto second = required(Consumer::attach(ring.name()));
    CHECK(second.records_consumed() == 2 * i + 1);
    CHECK(take(second) == "unread");
    CHECK(ring.status().records_consumed == 2 * i + 2);
  }
}

TEST_CASE("a successor zeroes what was spoken for and not yet freed, without walking it") {
  // Positions that a consumer leaves that dies in the middle of a release, the span half zeroed; also across
  // the end of the lap.
  for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{3072}, std::uint64_t{4096 * 5 + 3000}}) {
    for (const std::uint64_t zeroed : {0U, 8U, 16U, 520U, 1000U}) {
      const test::ScratchRing ring;
      const test::RawSegment raw(ring.name());
      raw.move_to(begin, 7);
      auto producer = required(Producer::attach(ring.name()));
      for (int i = 0; i < 4; ++i) REQUIRE(put(producer, std::string(504, static_cast<char>('a' + i))));
      const auto middle = begin + 1024 + (begin % 4096 == 3000 ? 72 : 0);  // behind the skip, if there is one
      auto& line = raw.words().consumer;
      line.counts[1].records = 9;
      line.counts[1].position = middle;
      line.consumed = middle;
      for (std::uint64_t at = begin; at < begin + zeroed; at += 8) raw.word(at) = 0;
      raw.word(begin + 512) = 0;

      auto consumer = required(Consumer::attach(ring.name()));
      CHECK(consumer.records_consumed() == 9);
      CHECK(ring.status().head == middle);
      bool zero = true;
      for (auto at = begin; at < middle; at += 8) zero = zero && raw.word(at) == 0;
      CHECK(zero);
      CHECK(take(consumer) == std::string(504, 'c'));
      CHECK(take(consumer) == std::string(504, 'd'));
      CHECK(take(consumer) == std::nullopt);
      CHECK(consumer.records_consumed() == 11);
    }
  }
}

TEST_CASE("a count that was begun for a release that never came does not count") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  for (int i = 0; i < 3; ++i) REQUIRE(put(producer, "12345678"));
  {
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK(take(consumer));
    CHECK(take(consumer));
  }
  const test::RawSegment raw(ring.name());
  auto& counts = raw.words().consumer.counts;
  auto& invalid = counts[counts[0].position == 32 ? 1 : 0];
  invalid.records = 99;
  {
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK(consumer.records_consumed() == 2);
  }
  invalid.position = 48;
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(consumer.records_consumed() == 2);
  CHECK(take(consumer));
  CHECK(ring.status().records_consumed == 3);
}

TEST_CASE("a ring without a count for its consumed position is damaged") {
  const test::ScratchRing ring;
  const test::RawSegment raw(ring.name());
  for (auto& count : raw.words().consumer.counts) count.position = 8;
  CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::damaged_ring);
}
