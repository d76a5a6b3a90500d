// Looking at a ring without taking anything from it.
#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include <logbuf/peek.hpp>
#include <logbuf/queue.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

using logbuf::Errc;
using logbuf::Missed;
using logbuf::Peek;
using logbuf::PeekedRecord;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

// "text" for a record, "-N" where N were missed, "." for nothing, "!" for an error.
std::string see(Peek& peek) {
  const auto got = peek.next();
  if (!got) return "!";
  if (!*got) return ".";
  if (const auto* const missed = std::get_if<Missed>(&**got)) return "-" + std::to_string(missed->records);
  return test::text_of(std::get<PeekedRecord>(**got).bytes);
}

}  // namespace

TEST_CASE("a peek sees every record, and takes none") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "a"));
  producer.try_claim(9)->abort();
  REQUIRE(put(producer, "b"));
  auto peek = required(Peek::open(ring.name()));
  CHECK(see(peek) == "a");
  CHECK(see(peek) == "b");
  CHECK(see(peek) == ".");
  REQUIRE(put(producer, "c"));
  CHECK(see(peek) == "c");
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK(take(consumer) == "a");
  CHECK(take(consumer) == "b");
  CHECK(take(consumer) == "c");
}

TEST_CASE("a peek tells a record's number, position, type, time and producer") {
  const test::ScratchRing ring({.capacity = 4096, .timestamps = true});
  auto producer = required(Producer::attach(ring.name(), {.name = "feed"}));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  for (int i = 0; i < 3; ++i) REQUIRE(put(producer, "x"));
  REQUIRE(put(producer, "record", 77));
  for (int i = 0; i < 3; ++i) CHECK(take(consumer));
  auto peek = required(Peek::open(ring.name()));
  const auto got = peek.next();
  REQUIRE(got);
  REQUIRE(*got);
  const auto& record = std::get<PeekedRecord>(**got);
  CHECK(record.seq == 3);
  CHECK(record.position == 72);
  CHECK(record.type == 77);
  CHECK(record.slot == producer.slot());
  CHECK(record.producer == "feed");
  CHECK(test::text_of(record.bytes) == "record");
  const auto claim = consumer.try_claim();
  CHECK(record.time_ns == claim->time_ns());
}

TEST_CASE("a peek does not give a record the name of the producer that came after") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  {
    auto first = required(Producer::attach(ring.name(), {.name = "first"}));
    REQUIRE(put(first, "a"));
  }
  auto second = required(Producer::attach(ring.name(), {.name = "second"}));
  REQUIRE(put(second, "b"));
  auto peek = required(Peek::open(ring.name()));
  CHECK(std::get<PeekedRecord>(**peek.next()).producer == "");
  CHECK(std::get<PeekedRecord>(**peek.next()).producer == "second");
}

TEST_CASE("a peek that the consumer has overtaken says exactly how many records it missed") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  auto peek = required(Peek::open(ring.name()));
  REQUIRE(put(producer, "first"));
  CHECK(see(peek) == "first");
  CHECK(take(consumer));
  for (int i = 0; i < 10'000; ++i) {  // many laps
    REQUIRE(put(producer, std::to_string(i)));
    if (i % 7 == 0) producer.try_claim(20)->abort();
    CHECK(take(consumer));
  }
  REQUIRE(put(producer, "last"));
  CHECK(see(peek) == "-10000");
  CHECK(see(peek) == "last");
  CHECK(see(peek) == ".");
}

TEST_CASE("a peek that was overtaken by skips only has missed nothing") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  auto peek = required(Peek::open(ring.name()));
  for (int i = 0; i < 100; ++i) {
    producer.try_claim(200)->abort();
    CHECK_FALSE(take(consumer));
  }
  CHECK(see(peek) == ".");
  REQUIRE(put(producer, "x"));
  CHECK(see(peek) == "x");
}

TEST_CASE("a peek stops at an unfinished claim") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto peek = required(Peek::open(ring.name()));
  auto claim = producer.try_claim(1);
  REQUIRE(claim);
  CHECK(see(peek) == ".");
  claim->bytes()[0] = std::byte{'x'};
  claim->commit();
  CHECK(see(peek) == "x");
}

TEST_CASE("a peek sees the longest record at the end of many laps") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  auto peek = required(Peek::open(ring.name()));
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::string text(1 + i * 37 % 2040, static_cast<char>('a' + i % 26));
    REQUIRE(put(producer, text));
    CHECK(see(peek) == text);
    CHECK(take(consumer) == text);
  }
}

TEST_CASE("a peek does not walk skips for ever") {
  const test::ScratchRing ring;
  const test::RawSegment raw(ring.name());
  raw.word(0) = logbuf::record::pack({.length = 4096, .skip = true});
  auto peek = required(Peek::open(ring.name()));
  raw.words().tail.tail = std::uint64_t{1} << 62;
  CHECK(see(peek) != "");
}

TEST_CASE("a peek stops with an error at a header that is none of ours") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "good"));
  REQUIRE(put(producer, "bad"));
  const test::RawSegment raw(ring.name());
  raw.word(16) = logbuf::record::pack({.length = 5000});
  auto peek = required(Peek::open(ring.name()));
  CHECK(see(peek) == "good");
  CHECK(test::error_of(peek.next()) == Errc::ring_quarantined);
  CHECK(logbuf::error_detail().find("16") != std::string::npos);
}
