// Segments that hold anything: errors, never a crash, never a span outside the ring, never an endless loop.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/peek.hpp>
#include <logbuf/queue.hpp>

#include "content.hpp"
#include "raw_segment.hpp"
#include "scratch_ring.hpp"

using logbuf::Consumer;
using logbuf::Errc;
using logbuf::Segment;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

// Reads everything that can be read, every byte of it; the sum keeps the compiler from leaving it out.
std::uint64_t touch(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (const std::byte b : bytes) sum += std::to_integer<std::uint64_t>(b);
  return sum;
}

// Does everything with a ring that can be done; only its ending matters. Says if any span left the ring.
bool use(const std::string& name, std::size_t capacity) {
  bool inside = true;
  std::uint64_t sum = 0;
  const int most = static_cast<int>(2 * capacity / 16 + 10);
  if (const auto segment = Segment::open(name)) {
    const auto status = segment->status();
    sum += status.producers.size();
  }
  if (auto peek = logbuf::Peek::open(name)) {
    for (int i = 0; i < most; ++i) {
      const auto got = peek->next();
      if (!got || !*got) break;
      if (const auto* const record = std::get_if<logbuf::PeekedRecord>(&**got)) sum += touch(record->bytes);
    }
  }
  if (auto producer = Producer::attach(name)) {
    for (int i = 0; i < 20; ++i) {
      if (auto claim = producer->try_claim(static_cast<std::size_t>(1 + i * 50))) sum += touch(claim->bytes());
      if (auto batch = producer->try_claim_batch(3, 20)) {
        for (const auto bytes : *batch) sum += touch(bytes);
      }
    }
    put(*producer, "sent into damage");
  }
  if (auto consumer = Consumer::attach(name)) {
    for (int i = 0; i < most; ++i) {
      if (i % 2 == 0) {
        const auto claim = consumer->try_claim();
        if (!claim) break;
        inside = inside && claim->bytes().size() <= capacity && claim->producer() < 4096;
        sum += touch(claim->bytes());
      } else {
        auto batch = consumer->try_claim_batch(capacity);
        if (!batch) break;
        const logbuf::Record* last = nullptr;
        for (const logbuf::Record& record : *batch) {
          last = &record;
          sum += touch(record.bytes());
          const auto* const begin = batch->data().data();
          inside = inside && record.bytes().data() >= begin &&
                   record.bytes().data() + record.bytes().size() <= begin + batch->data().size();
        }
        inside = inside && last != nullptr && batch->data().size() <= capacity;
      }
    }
    (void)consumer->state();
    sum += consumer->status().producers.size();
    logbuf::Receiver receiver(std::move(*consumer));
    for (int i = 0; i < most && receiver.try_recv(); ++i) {
    }
  }
  static volatile std::uint64_t sink;
  sink = sink + sum;
  return inside;
}

// A ring with records in it, damaged in a new way for each seed.
void damaged_rings(std::uint64_t seeds, const std::function<void(test::Random&, const test::RawSegment&)>& damage) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    test::Random random(seed);
    const test::ScratchRing ring({.capacity = 4096, .max_producers = 4, .timestamps = random.below(2) == 0});
    const test::RawSegment raw(ring.name());
    raw.move_to(random.below(1024) * 8);
    auto producer = required(Producer::attach(ring.name()));
    while (put(producer, std::string(1 + random.below(300), 'x'))) {
    }
    damage(random, raw);
    CHECK(use(ring.name(), 4096));
  }
}

void randomise(test::Random& random, std::span<std::byte> bytes) {
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.next());
}

// Values that are wrong in ways that matter.
std::uint64_t bad_word(test::Random& random) {
  switch (random.below(6)) {
    case 0: return random.next();
    case 1: return random.below(16);
    case 2: return std::uint64_t(0) - random.below(5000);
    case 3: return logbuf::record::pack({.length = static_cast<std::uint32_t>(random.below(5000))});
    case 4: return logbuf::record::pack({.length = static_cast<std::uint32_t>(random.below(600) * 8), .skip = true});
    default: return random.below(2000) * 8;
  }
}

void says(std::string_view words) {
  CAPTURE(logbuf::error_detail());
  CAPTURE(words);
  CHECK(logbuf::error_detail().find(words) != std::string::npos);
}

Errc refusal(const std::string& name) {
  const auto attached = Producer::attach(name);
  REQUIRE_FALSE(attached);
  REQUIRE(attached.error().category() == logbuf::error_category());
  CHECK(Consumer::attach(name).error() == attached.error());
  CHECK(logbuf::Peek::open(name).error() == attached.error());
  CHECK(Segment::open(name).error() == attached.error());
  return static_cast<Errc>(attached.error().value());
}

}  // namespace

TEST_CASE("random bytes over a whole segment are refused") {
  damaged_rings(test::rounds(100), [](test::Random& r, const test::RawSegment& raw) { randomise(r, raw.all()); });
}
TEST_CASE("random bytes behind a sound identity end in errors at worst") {
  damaged_rings(test::rounds(200), [](test::Random& r, const test::RawSegment& raw) {
    randomise(r, raw.all().subspan(sizeof(logbuf::layout::Identity)));
  });
}
TEST_CASE("random bytes in the header end in errors at worst") {
  damaged_rings(test::rounds(200), [](test::Random& r, const test::RawSegment& raw) {
    randomise(r, raw.all().first(raw.words().identity.ring_offset_bytes));
  });
}
TEST_CASE("random bytes in the ring end in errors at worst") {
  damaged_rings(test::rounds(400), [](test::Random& r, const test::RawSegment& raw) { randomise(r, raw.ring()); });
}
TEST_CASE("wrong words in the ring end in errors at worst") {
  damaged_rings(test::rounds(1000), [](test::Random& r, const test::RawSegment& raw) {
    for (auto i = r.below(300); i > 0; --i) raw.word(r.below(512) * 8) = bad_word(r);
  });
}
TEST_CASE("wrong positions end in errors at worst") {
  damaged_rings(test::rounds(1000), [](test::Random& r, const test::RawSegment& raw) {
    auto& words = raw.words();
    if (r.below(2) == 0) words.tail.tail = bad_word(r);
    if (r.below(2) == 0) words.consumer.head = bad_word(r);
    if (r.below(2) == 0) words.consumer.consumed = bad_word(r);
    if (r.below(2) == 0) raw.move_to(bad_word(r));
    words.consumer.counts[r.below(2)].position = words.consumer.consumed.load();
  });
}
TEST_CASE("wrong words in the header end in errors at worst") {
  damaged_rings(test::rounds(1000), [](test::Random& r, const test::RawSegment& raw) {
    for (auto i = 1 + r.below(5); i > 0; --i) {
      const auto at = r.below(raw.words().identity.ring_offset_bytes / 8) * 8;
      const auto word = bad_word(r);
      std::memcpy(raw.all().data() + at, &word, 8);
    }
  });
}

TEST_CASE("positions near the end of 64 bits are damage, not something to wait for") {
  const test::ScratchRing ring;
  const test::RawSegment raw(ring.name());
  raw.move_to(std::uint64_t(0) - 8192);
  CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::damaged_ring);
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::damaged_ring);
}

TEST_CASE("an object that is no ring is refused, whatever its size") {
  const test::ScratchName scratch;
  test::write_object(scratch.name(), {});
  CHECK(refusal(scratch.name()) == Errc::damaged_ring);
  for (const std::size_t size : {1U, 7U, 8U, 247U, 248U, 1024U, 4095U, 4096U, 100'000U}) {
    CAPTURE(size);
    std::vector<std::byte> bytes(size, std::byte{'z'});
    test::write_object(scratch.name(), bytes);
    const auto why = refusal(scratch.name());
    CHECK((why == Errc::damaged_ring || why == Errc::not_a_ring));
    says(scratch.name());
  }
}

TEST_CASE("a ring whose object was cut short is refused") {
  const test::ScratchRing ring;
  std::vector<std::byte> whole;
  {
    const test::RawSegment raw(ring.name());
    whole.assign(raw.all().begin(), raw.all().end());
  }
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{1024}, std::size_t{4096},
                                 whole.size() - 4096, whole.size() - 1}) {
    CAPTURE(size);
    test::write_object(ring.name(), std::span(whole).first(size));
    CHECK(refusal(ring.name()) == Errc::damaged_ring);
  }
  whole.resize(whole.size() + 4096);
  test::write_object(ring.name(), whole);
  CHECK(refusal(ring.name()) == Errc::damaged_ring);
}

TEST_CASE("another magic, version or hash is refused, and both sides are named") {
  const test::ScratchRing ring;
  const test::RawSegment raw(ring.name());
  auto& id = raw.words().identity;
  const auto before = id;
  id.magic ^= 1;
  CHECK(refusal(ring.name()) == Errc::not_a_ring);
  id = before;
  id.version = 4711;
  CHECK(refusal(ring.name()) == Errc::wrong_layout);
  says("4711");
  says("speaks " + std::to_string(logbuf::layout::kLayoutVersion));
  id = before;
  id.hash = 0xabcd1234;
  CHECK(refusal(ring.name()) == Errc::wrong_layout);
  says("abcd1234");
  char own[16];
  std::snprintf(own, sizeof own, "%08x", logbuf::layout::hash());
  says(own);
}

TEST_CASE("a header that contradicts itself is refused") {
  const test::ScratchRing ring({.capacity = 8192});
  const test::RawSegment raw(ring.name());
  auto& id = raw.words().identity;
  const auto before = id;
  const std::vector<std::function<void()>> lies = {
      [&] { id.segment_size_bytes += 8; },
      [&] { id.capacity_bytes = 4096; },
      [&] { id.capacity_bytes = 16384; },
      [&] { id.capacity_bytes = 0; },
      [&] { id.capacity_bytes = 8191; },
      [&] { id.ring_offset_bytes += 4096; },
      [&] { id.ring_offset_bytes = 0; },
      [&] { id.max_producers = 0; },
      [&] { id.max_producers = 65; },
      [&] { id.max_producers = ~0U; },
      [&] { id.kind = logbuf::layout::kKindSpsc; },
      [&] { id.kind = 2; },
      [&] { id.flags = 4; },
      [&] { id.clock = 1; },
      [&] { id.ring_offset_bytes = ~std::uint64_t{0} - 8191; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    CAPTURE(i);
    id = before;
    lies[i]();
    CHECK(refusal(ring.name()) == Errc::damaged_ring);
  }
  id = before;
  CHECK(Producer::attach(ring.name()));
}

TEST_CASE("a bad header quarantines the ring, behind the good records before it") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  auto consumer = required(Consumer::attach(ring.name()));
  REQUIRE(put(producer, "good"));
  REQUIRE(put(producer, "bad"));
  REQUIRE(put(producer, "behind"));
  const test::RawSegment raw(ring.name());
  const auto bad = logbuf::record::pack({.length = 12, .skip = true});
  raw.word(16) = bad;
  CHECK(take(consumer) == "good");
  CHECK(take(consumer) == std::nullopt);
  CHECK(consumer.state() == logbuf::RingState::quarantined);
  const auto status = ring.status();
  CHECK(status.quarantined);
  CHECK(status.quarantine_position == 16);
  CHECK(status.quarantine_header == bad);
  CHECK(test::error_of(producer.try_claim(1)) == logbuf::ClaimError::disconnected);
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::ring_quarantined);
  {
    const auto gone = std::move(consumer);
  }
  CHECK(test::error_of(Consumer::attach(ring.name())) == Errc::ring_quarantined);
  says("position 16");
}

TEST_CASE("good records before a bad header outlive a consumer that dies before it has released them") {
  const test::ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "good"));
  REQUIRE(put(producer, "bad"));
  const test::RawSegment raw(ring.name());
  raw.word(16) = logbuf::record::pack({.length = 12, .skip = true});
  {
    auto consumer = required(Consumer::attach(ring.name()));
    auto batch = consumer.try_claim_batch(4096);
    REQUIRE(batch);
    while (batch->next()) {
    }
    batch->keep();
  }
  auto successor = required(Consumer::attach(ring.name()));
  CHECK(take(successor) == "good");
  CHECK(take(successor) == std::nullopt);
  CHECK(successor.state() == logbuf::RingState::quarantined);
}

TEST_CASE("every kind of bad header quarantines") {
  using logbuf::record::pack;
  for (const std::uint64_t bad :
       {pack({.length = 4089}), pack({.length = 0x7fff'ffff}), pack({.length = 0, .slot = 1}),
        pack({.length = 4104, .skip = true}), pack({.length = 9, .skip = true}), pack({.length = 0, .skip = true}),
        pack({.length = 8, .slot = 4}), pack({.length = 8, .skip = true, .slot = 0xffff}),
        pack({.length = 32})}) {  // beyond tail
    CAPTURE(bad);
    const test::ScratchRing ring({.capacity = 4096, .max_producers = 4});
    auto producer = required(Producer::attach(ring.name()));
    REQUIRE(put(producer, "12345678"));
    const test::RawSegment raw(ring.name());
    raw.word(0) = bad;
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK_FALSE(consumer.try_claim_batch(4096));
    CHECK_FALSE(consumer.try_claim());
    CHECK(consumer.state() == logbuf::RingState::quarantined);
    logbuf::Receiver receiver(std::move(consumer));
    CHECK(test::error_of(receiver.recv()) == logbuf::RecvError::disconnected);
  }
}

TEST_CASE("a header where nothing is claimed quarantines, whoever comes to it") {
  const auto stray = logbuf::record::pack({.length = 8});
  const auto looks = [](logbuf::Consumer consumer) {
    for (unsigned i = 0; i < logbuf::detail::ConsumerCore::kVainLooksPerHeader; ++i) CHECK_FALSE(consumer.try_claim());
  };
  const auto asks = [](logbuf::Consumer consumer) {
    CHECK_FALSE(consumer.try_claim());
    CHECK(consumer.state() == logbuf::RingState::quarantined);
  };
  const auto sleeps = [](logbuf::Consumer consumer) { consumer.park(std::chrono::hours(1)); };
  const auto receives = [](logbuf::Consumer consumer) {
    logbuf::Receiver receiver(std::move(consumer));
    CHECK(test::error_of(receiver.recv()) == logbuf::RecvError::disconnected);
  };
  const std::vector<std::function<void(logbuf::Consumer)>> ways{looks, asks, sleeps, receives};
  for (std::size_t way = 0; way < ways.size(); ++way) {
    CAPTURE(way);
    const test::ScratchRing ring;
    auto producer = required(Producer::attach(ring.name()));
    REQUIRE(put(producer, "good"));
    const test::RawSegment raw(ring.name());
    raw.word(16) = stray;
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK(take(consumer) == "good");
    ways[way](std::move(consumer));
    CHECK(ring.status().quarantine_position == 16);
    CHECK(ring.status().quarantine_header == stray);
    CHECK(test::error_of(producer.try_claim(1)) == logbuf::ClaimError::disconnected);
  }
}
