// The end of the lap: every length at every offset.
#include <doctest/doctest.h>

#include <cstring>

#include <logbuf/queue.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using logbuf::Kind;
using test::required;

namespace {

constexpr std::uint64_t kCapacity = 4096;

// Every lap begins with a header at 0, and nothing is shorter than a header and 8 bytes.
bool reachable(std::uint64_t offset, std::uint32_t header_bytes) {
  return offset == 0 || offset >= header_bytes + 8;
}

// Takes the empty ring from where it stands to `offset`, by claims that are given up.
template <Kind K>
void go_to(std::uint64_t offset, logbuf::Producer<K>& producer, logbuf::Consumer& consumer,
           std::uint32_t header_bytes) {
  for (;;) {
    const std::uint64_t distance = (offset - consumer.position()) & (kCapacity - 1);
    if (distance == 0) return;
    // The smallest claim is a header and 8 bytes; a shorter distance takes another lap.
    std::uint64_t step = std::min<std::uint64_t>(distance, kCapacity / 2);
    if (distance - step != 0 && distance - step < header_bytes + 8) step -= 16;
    if (step < header_bytes + 8) step = kCapacity / 2 - 64;
    const std::uint64_t room = kCapacity - (consumer.position() & (kCapacity - 1));
    if (step > room) step = room < header_bytes + 8 ? header_bytes + 8 : room;
    producer.try_claim(step - header_bytes)->abort();
    if (consumer.try_claim()) FAIL("an aborted claim was read");
  }
}

template <Kind K>
void every_length_at_every_offset(const logbuf::SegmentOptions& options, std::size_t length_step) {
  logbuf::SegmentOptions with_kind = options;
  with_kind.kind = K;
  const test::ScratchRing ring(with_kind);
  auto producer = required(logbuf::Producer<K>::attach(ring.name()));
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  const std::uint32_t header = logbuf::record::header_size(options.timestamps);
  REQUIRE(producer.max_payload() == kCapacity / 2 - header);
  std::uint64_t wrong = 0;
  std::uint64_t skips = 0;
  std::uint64_t n = 0;
  const auto check_length = [&](std::size_t length) {
    for (std::uint64_t offset = 0; offset < kCapacity; offset += 8) {
      if (!reachable(offset, header)) continue;
      go_to(offset, producer, consumer, header);
      auto claim = producer.try_claim(length, static_cast<std::uint16_t>(n));
      REQUIRE(claim);  // the ring is empty: nothing may be in the way
      const bool fits = offset + logbuf::record::align_up(length + header) <= kCapacity;
      if (!fits) ++skips;
      if ((claim->position() & (kCapacity - 1)) != (fits ? offset : 0)) ++wrong;
      const auto fill = static_cast<int>(++n & 0xff);
      std::memset(claim->bytes().data(), fill, length);
      claim->commit();
      const auto read = consumer.try_claim();
      REQUIRE(read);
      if (read->bytes().size() != length) ++wrong;
      const auto* const bytes = reinterpret_cast<const unsigned char*>(read->bytes().data());
      if (bytes[0] != fill || std::memcmp(bytes, bytes + 1, length - 1) != 0) ++wrong;
    }
  };
  for (std::size_t length = 1; length < producer.max_payload(); length += length_step) check_length(length);
  check_length(producer.max_payload());
  CHECK(wrong == 0);
  CHECK(skips > 0);
  CHECK(consumer.records_consumed() == n);
  CHECK(consumer.state() == logbuf::RingState::empty);
}

std::size_t step() {
  static const auto all = test::rounds(20);
  return all >= 20 ? 1 : 41;
}

}  // namespace

TEST_CASE("mpsc: a record of any length is read back from any offset") {
  every_length_at_every_offset<Kind::mpsc>({.capacity = kCapacity}, step());
}
TEST_CASE("spsc: a record of any length is read back from any offset") {
  every_length_at_every_offset<Kind::spsc>({.capacity = kCapacity}, step() * 7);
}
TEST_CASE("mpsc with timestamps: a record of any length is read back from any offset") {
  every_length_at_every_offset<Kind::mpsc>({.capacity = kCapacity, .timestamps = true}, step() * 7);
}
TEST_CASE("spsc with timestamps: a record of any length is read back from any offset") {
  every_length_at_every_offset<Kind::spsc>({.capacity = kCapacity, .timestamps = true}, step() * 7);
}

TEST_CASE("a record over half the capacity is too large, whatever the offset, and never full for ever") {
  auto [producer, consumer] = required(logbuf::queue::spsc::create(kCapacity));
  for (std::uint64_t offset = 0; offset < kCapacity; offset += 8) {
    if (!reachable(offset, 8)) continue;
    go_to(offset, producer, consumer, 8);
    CHECK(test::error_of(producer.try_claim(producer.max_payload() + 1)) == logbuf::ClaimError::too_large);
    CHECK(producer.try_claim(producer.max_payload()));
    CHECK_FALSE(consumer.try_claim());
  }
}

TEST_CASE("an abort behind a skip gives back both") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(kCapacity));
  go_to(4096 - 64, producer, consumer, 8);
  producer.try_claim(100)->abort();
  REQUIRE(test::put(producer, "after"));
  CHECK(test::take(consumer) == "after");
  CHECK(consumer.state() == logbuf::RingState::empty);
}

TEST_CASE("a skip and the record behind it become visible together") {
  auto [producer, consumer] = required(logbuf::queue::mpsc::create(kCapacity));
  go_to(4096 - 64, producer, consumer, 8);
  const auto before = consumer.position();
  auto claim = producer.try_claim(100);
  REQUIRE(claim);
  CHECK_FALSE(consumer.try_claim());
  CHECK(consumer.position() == before);  // it does not stand inside the claim
  CHECK(consumer.state() == logbuf::RingState::blocked);
  claim->commit();
  CHECK(consumer.try_claim());
}
