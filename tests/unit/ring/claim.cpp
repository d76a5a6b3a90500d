// One record at a time: claim, commit, abort, read, release.
#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <vector>

#include <logbuf/queue.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

using logbuf::ClaimError;
using logbuf::IfFull;
using logbuf::Kind;
using logbuf::RingState;
using test::put;
using test::required;
using test::take;
namespace queue = logbuf::queue;

namespace {

struct Mpsc {
  static auto create(std::size_t capacity) { return queue::mpsc::create(capacity); }
  using Producer = queue::mpsc::Producer;
  static constexpr Kind kind = Kind::mpsc;
};
struct Spsc {
  static auto create(std::size_t capacity) { return queue::spsc::create(capacity); }
  using Producer = queue::spsc::Producer;
  static constexpr Kind kind = Kind::spsc;
};

}  // namespace

TEST_CASE_TEMPLATE("what is committed is read, in order", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  REQUIRE(put(producer, "one"));
  REQUIRE(put(producer, "two"));
  CHECK(take(consumer) == "one");
  CHECK(take(consumer) == "two");
  CHECK(take(consumer) == std::nullopt);
}

TEST_CASE_TEMPLATE("what is committed in a named ring is read in another mapping", Q, Mpsc, Spsc) {
  const test::ScratchRing ring({.capacity = 4096, .kind = Q::kind});
  auto producer = required(Q::Producer::attach(ring.name()));
  REQUIRE(put(producer, "before the consumer"));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  CHECK(take(consumer) == "before the consumer");
  REQUIRE(put(producer, "with the consumer"));
  CHECK(take(consumer) == "with the consumer");
}

TEST_CASE_TEMPLATE("a record carries its type, its producer's slot and its position", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  REQUIRE(put(producer, "x", 0));
  REQUIRE(put(producer, "y", 0xffff));
  {
    const auto claim = consumer.try_claim();
    REQUIRE(claim);
    CHECK(claim->type() == 0);
    CHECK(claim->position() == 0);
    CHECK(claim->producer() == producer.slot());
    CHECK_FALSE(claim->time_ns());
  }
  const auto claim = consumer.try_claim();
  REQUIRE(claim);
  CHECK(claim->type() == 0xffff);
  CHECK(claim->position() == 16);
}

TEST_CASE_TEMPLATE("an uncommitted claim is not read, and holds back what is behind it", Q, Mpsc) {
  auto [producer, consumer] = required(Q::create(4096));
  auto second = required(producer.clone());
  auto claim = producer.try_claim(3);
  REQUIRE(claim);
  REQUIRE(put(second, "later"));
  CHECK(take(consumer) == std::nullopt);
  CHECK(consumer.state() == RingState::blocked);
  std::memcpy(claim->bytes().data(), "now", 3);
  claim->commit();
  CHECK(consumer.state() == RingState::ready);
  CHECK(take(consumer) == "now");
  CHECK(take(consumer) == "later");
}

TEST_CASE("empty, blocked and ready are kept apart") {
  auto [producer, consumer] = required(queue::spsc::create(4096));
  CHECK(consumer.state() == RingState::empty);
  {
    auto claim = producer.try_claim(1);
    REQUIRE(claim);
    CHECK(consumer.state() == RingState::blocked);
    claim->commit();
  }
  CHECK(consumer.state() == RingState::ready);
  CHECK(take(consumer));
  CHECK(consumer.state() == RingState::empty);
}

TEST_CASE_TEMPLATE("an aborted claim is passed over", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  REQUIRE(put(producer, "a"));
  producer.try_claim(100)->abort();
  REQUIRE(put(producer, "b"));
  CHECK(take(consumer) == "a");
  CHECK(take(consumer) == "b");
  CHECK(take(consumer) == std::nullopt);
  CHECK(consumer.state() == RingState::empty);
  CHECK(consumer.records_consumed() == 2);
}

TEST_CASE_TEMPLATE("a claim that goes out of scope is aborted", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  {
    const auto claim = producer.try_claim(100);
  }
  REQUIRE(put(producer, "b"));
  CHECK(take(consumer) == "b");
  CHECK(consumer.status().total_aborted == 1);
}

TEST_CASE_TEMPLATE("a claim can be moved, and is one claim all the same", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  {
    auto first = producer.try_claim(2);
    REQUIRE(first);
    logbuf::WriteClaim second(std::move(*first));
    std::memcpy(second.bytes().data(), "ok", 2);
    second.commit();
  }
  CHECK(consumer.status().total_aborted == 0);
  REQUIRE(put(producer, "next"));
  {
    auto first = consumer.try_claim();
    REQUIRE(first);
    logbuf::ReadClaim second(std::move(*first));
    first.reset();
    CHECK(consumer.position() == 0);
    CHECK(test::text_of(second.bytes()) == "ok");
  }
  CHECK(consumer.position() == 16);
  CHECK(take(consumer) == "next");
}

TEST_CASE_TEMPLATE("a producer has one claim at a time", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  auto claim = producer.try_claim(1);
  REQUIRE(claim);
  CHECK(test::error_of(producer.try_claim(1)) == ClaimError::busy);
  CHECK(test::error_of(producer.try_claim_batch(2, 1)) == ClaimError::busy);
  claim->commit();
  CHECK(producer.try_claim(1));
}

TEST_CASE("a consumer has one claim at a time") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  REQUIRE(put(producer, "a"));
  REQUIRE(put(producer, "b"));
  {
    const auto claim = consumer.try_claim();
    REQUIRE(claim);
    CHECK_FALSE(consumer.try_claim());
    CHECK_FALSE(consumer.try_claim_batch(4096));
  }
  const auto batch = consumer.try_claim_batch(4096);
  REQUIRE(batch);
  CHECK_FALSE(consumer.try_claim());
}

TEST_CASE_TEMPLATE("an empty record is refused", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  CHECK(test::error_of(producer.try_claim(0)) == ClaimError::empty);
  CHECK(consumer.state() == RingState::empty);
}

TEST_CASE_TEMPLATE("a length is refused before it is rounded up", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  constexpr std::size_t top = std::numeric_limits<std::size_t>::max();
  for (const std::size_t length :
       {top, top - 7, top - 8, top - 15, top - 16, std::size_t{1} << 63, std::size_t{1} << 32,
        (std::size_t{1} << 32) + 1, (std::size_t{1} << 32) - 1, (std::size_t{1} << 32) - 8, std::size_t{1} << 31,
        (std::size_t{1} << 31) - 1, (std::size_t{1} << 31) + 1, std::size_t{4096}, std::size_t{2041}}) {
    CAPTURE(length);
    CHECK(test::error_of(producer.try_claim(length)) == ClaimError::too_large);
    CHECK(test::error_of(producer.try_claim_batch(1, length)) == ClaimError::too_large);
    CHECK(test::error_of(producer.try_claim_batch(2, length)) == ClaimError::too_large);
  }
  CHECK(consumer.state() == RingState::empty);
  CHECK(producer.try_claim(2040));
}

TEST_CASE_TEMPLATE("full is full until the consumer has released enough; what is dropped is counted", Q, Mpsc, Spsc) {
  auto [producer, consumer] = required(Q::create(4096));
  const std::string record(504, 'r');  // 8 of them fill the ring
  for (int i = 0; i < 8; ++i) REQUIRE(put(producer, record));
  CHECK(test::error_of(producer.try_claim(1)) == ClaimError::full);
  CHECK(consumer.status().total_refused == 0);
  CHECK(test::error_of(producer.try_claim(1, 0, IfFull::drop)) == ClaimError::full);
  CHECK(test::error_of(producer.try_claim(504, 0, IfFull::drop)) == ClaimError::full);
  CHECK(consumer.status().total_refused == 2);
  CHECK(take(consumer) == record);
  REQUIRE(put(producer, record));
  CHECK(test::error_of(producer.try_claim(1)) == ClaimError::full);
  for (int i = 0; i < 8; ++i) CHECK(take(consumer) == record);
  CHECK(take(consumer) == std::nullopt);
}

TEST_CASE("dropping the consumer of an anonymous ring disconnects its producers") {
  auto ends = required(queue::mpsc::create(4096));
  auto producer = std::move(ends.first);
  {
    const auto consumer = std::move(ends.second);
    CHECK(producer.has_consumer());
    CHECK_FALSE(producer.is_closed());
  }
  CHECK(producer.is_closed());
  CHECK_FALSE(producer.has_consumer());
  CHECK(test::error_of(producer.try_claim(1)) == ClaimError::disconnected);
}

TEST_CASE("a claim that was open when the ring was closed can still be committed and read") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  auto claim = producer.try_claim(1);
  REQUIRE(claim);
  consumer.close();
  claim->bytes()[0] = std::byte{'x'};
  claim->commit();
  CHECK(test::error_of(producer.try_claim(1)) == ClaimError::disconnected);
  CHECK(take(consumer) == "x");
}

TEST_CASE("a claim's bytes are zero and aligned, whatever stood there a lap before") {
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 100; ++i) {
    auto claim = producer.try_claim(1000);
    REQUIRE(claim);
    CHECK(reinterpret_cast<std::uintptr_t>(claim->bytes().data()) % 8 == 0);
    bool zero = true;
    for (const std::byte b : claim->bytes()) zero = zero && b == std::byte{0};
    CHECK(zero);
    std::memset(claim->bytes().data(), 0xff, 1000);
    if (i % 3 == 0) {
      claim->abort();
    } else {
      claim->commit();
    }
    while (consumer.try_claim()) {
    }
  }
}

TEST_CASE("the bytes between a payload's end and the next header are zero") {
  const test::ScratchRing ring;
  auto producer = required(queue::mpsc::Producer::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  const test::RawSegment raw(ring.name());
  for (int lap = 0; lap < 5; ++lap) {
    for (std::size_t length = 1; length <= 16; ++length) {
      auto claim = producer.try_claim(length);
      REQUIRE(claim);
      const auto end = claim->position() + 8 + length;
      std::memset(claim->bytes().data(), 0xff, length);
      claim->commit();
      for (auto at = end; at % 8 != 0; ++at) CHECK(raw.ring()[at & 4095] == std::byte{0});
      CHECK(take(consumer));
    }
  }
}

TEST_CASE("the payload of a claim that was given up is never read as a header") {
  const auto looks_like_a_record = logbuf::record::pack({.length = 1});
  auto [producer, consumer] = required(queue::mpsc::create(4096));
  for (int i = 0; i < 200; ++i) {
    {
      auto claim = producer.try_claim(600);
      REQUIRE(claim);
      for (std::size_t at = 0; at < 600; at += 8) std::memcpy(&claim->bytes()[at], &looks_like_a_record, 8);
    }  // aborts
    CHECK(take(consumer) == std::nullopt);
    // In the space of the aborted ones, an open claim with the others' old bytes before and behind it.
    auto claim = producer.try_claim(static_cast<std::size_t>(8 + i));
    REQUIRE(claim);
    CHECK(take(consumer) == std::nullopt);
    CHECK(consumer.state() == RingState::blocked);
    claim->commit();
    CHECK(take(consumer));
  }
  CHECK(consumer.records_consumed() == 200);
}

TEST_CASE("timestamps stand in a header of 16 bytes and do not run backwards") {
  auto [producer, consumer] = required(queue::spsc::create({.capacity = 4096, .timestamps = true}));
  CHECK(producer.max_payload() == 2032);
  std::int64_t last_ns = 1'600'000'000'000'000'000;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(put(producer, "12345678"));
    const auto claim = consumer.try_claim();
    REQUIRE(claim);
    REQUIRE(claim->time_ns());
    CHECK(*claim->time_ns() >= last_ns);
    last_ns = *claim->time_ns();
    CHECK(test::text_of(claim->bytes()) == "12345678");
  }
  CHECK(consumer.position() >= 24'000);
}
