// What becomes of a dead producer's slot: when a newcomer gets it, and what its books say.
#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/intent.hpp>
#include <logbuf/queue.hpp>

#include "dead_slot.hpp"
#include "holder.hpp"
#include "ring/attach.hpp"
#include "scratch_ring.hpp"
#include "survivors.hpp"

using logbuf::Blockage;
using logbuf::Consumer;
using logbuf::Errc;
using logbuf::Position;
using test::dead_slot;
using test::hold_claim;
using test::Holder;
using test::intent_of;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

const logbuf::SegmentOptions kThree = {.capacity = 4096, .max_producers = 3};

}  // namespace

TEST_CASE("more producers than slots: the error names the limit, also when the dead hold some") {
  const test::ScratchRing ring(kThree);
  std::vector<Producer> producers;
  for (int i = 0; i < 2; ++i) producers.push_back(required(Producer::attach(ring.name())));
  Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot);
  CHECK(logbuf::error_detail().find("room for 3 producer") != std::string::npos);
  holder.kill();
  CHECK(test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot);
  CHECK(logbuf::error_detail().find("room for 3 producer") != std::string::npos);
  CHECK(logbuf::error_detail().find("1 in the middle of a claim") != std::string::npos);
}

TEST_CASE("after deaths with nothing in flight attaching works without a consumer") {
  const test::ScratchRing ring(kThree);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) {
      CHECK(test::in_child([&]() -> int {
              auto producer = Producer::attach(ring.name());
              ::_exit(producer && put(*producer, "x") ? 0 : 1);
            }) == 0);
    }
  }
  std::vector<Producer> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(required(Producer::attach(ring.name())));
  CHECK(ring.status().total_records == 15);
}

TEST_CASE("a dead producer's slot with an open claim is not handed out before head has passed it") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  holder.kill();
  const auto refused = [&] { return test::error_of(Producer::attach(ring.name())) == Errc::no_free_slot; };
  CHECK(refused());
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(refused());
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
  CHECK(refused());  // the skip stands in the ring yet
  CHECK_FALSE(consumer.try_claim());
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "next"));
  CHECK(take(consumer) == "next");
  test::check_at_rest(ring, 1);
}

TEST_CASE("a recovered producer's slot is free as soon as a consumer has passed its claim") {
  for (const bool over_lap : {false, true}) {
    for (const bool by_successor : {false, true}) {
      const test::ScratchRing ring(kThree);
      if (over_lap) test::RawSegment(ring.name()).move_to(4096 * 7 - 64);
      auto consumer = std::optional(required(Consumer::attach(ring.name())));
      auto other = required(Producer::attach(ring.name()));
      Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
      REQUIRE(holder.ready());
      REQUIRE(put(other, "behind"));
      holder.kill();
      CHECK(consumer->unblock().kind == Blockage::Kind::recovered);
      CHECK(ring.status().producers.size() == 2);
      if (by_successor) {
        consumer.reset();
        consumer.emplace(required(Consumer::attach(ring.name())));
      }
      CHECK(take(*consumer) == "behind");
      const auto producers = ring.status().producers;
      REQUIRE(producers.size() == 1);
      CHECK(producers[0].slot == other.slot());
    }
  }
}

// It died behind the header and before it counted: the record is there, and the slot does not yet say so.
TEST_CASE("a record that was committed counts though its producer died before it had counted it, settled or not") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  const auto dead = dead_slot(ring.name());
  auto& hot = raw.slot(dead).hot;
  hot.intent = logbuf::intent::pack(0, 16) | logbuf::intent::kWon;
  hot.next_records = 1;
  raw.words().tail.tail = 16;
  CHECK(ring.status().total_records == 0);  // not committed yet
  raw.word(0) = logbuf::record::pack({.length = 4, .skip = false, .slot = dead, .type = 0});
  CHECK(ring.status().total_records == 1);
  CHECK(ring.status().producers.at(0).records == 1);
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(take(consumer));
  CHECK(ring.status().producers.size() == 1);  // it has not been settled
  CHECK(ring.status().total_records == 1);
  std::vector<Producer> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(required(Producer::attach(ring.name())));
  test::check_at_rest(ring, 1);
}

TEST_CASE("a claim that was never committed counts for nothing, settled or not") {
  const test::ScratchRing ring(kThree);
  // It had prepared its count, and died before its header.
  const auto dead = dead_slot(ring.name());
  const test::RawSegment raw(ring.name());
  auto& hot = raw.slot(dead).hot;
  hot.intent = logbuf::intent::pack(0, 16) | logbuf::intent::kWon;
  hot.next_records = 1;
  raw.words().tail.tail = 16;
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
  CHECK(ring.status().producers.size() == 1);
  CHECK(ring.status().total_records == 0);
  CHECK_FALSE(take(consumer));
  CHECK(ring.status().producers.empty());
  test::check_at_rest(ring, 0);
}

TEST_CASE("a dead producer's intent is gone before positions come round to it again") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  const auto dead = dead_slot(ring.name());
  const Position begin = logbuf::intent::kWindow_bytes - 4096;
  raw.move_to(begin);
  // It lost its race long ago, at a position that comes again a window later.
  intent_of(raw, dead) = logbuf::intent::pack(begin, 64);
  raw.words().tail.tail = begin + 32;
  raw.word(begin) = logbuf::record::pack({.length = 32, .skip = true, .slot = 0, .type = 0});
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(intent_of(raw, dead) != 0);  // its claim may stand in the ring yet
  auto producer = required(Producer::attach(ring.name()));
  REQUIRE(put(producer, "x"));
  CHECK(take(consumer) == "x");
  CHECK(raw.slot(dead).info.in_use == 1);
  {
    const auto gone = std::move(consumer);
  }
  const auto successor = required(Consumer::attach(ring.name()));
  CHECK(intent_of(raw, dead) == 0);
  CHECK(raw.slot(dead).info.in_use == 0);
}

// A dead producer's committed claim, whose intent it had not yet cleared, begins where a living one's claim begins a
// window of positions later. No test can send 2^37 bytes: the ring and its consumer are put there.
TEST_CASE("a dead producer's intent from a window ago is not taken for a living producer's claim") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  using logbuf::detail::Mapping;
  auto core = required(logbuf::detail::attach_consumer(
      required(Mapping::open(ring.name(), Mapping::Access::read_write, true)), "consumer"));
  auto& inside = *core;
  Consumer consumer(std::move(core));
  const auto dead = dead_slot(ring.name());
  auto producer = std::optional(required(Producer::attach(ring.name())));
  const auto go_to = [&](Position position) {
    producer.reset();
    raw.move_to(position);
    inside.position = inside.cached_tail = position;
    inside.records = 0;
    inside.next_count = 1;
    producer.emplace(required(Producer::attach(ring.name())));
  };

  intent_of(raw, dead) = logbuf::intent::pack(0, 16) | logbuf::intent::kWon;
  REQUIRE(put(*producer, "x"));
  CHECK(take(consumer) == "x");
  CHECK(intent_of(raw, dead) != 0);  // or this tests nothing
  for (Position position = 4096; position < logbuf::intent::kWindow_bytes;
       position += logbuf::intent::kWindow_bytes / 8) {
    go_to(position);
    REQUIRE(put(*producer, "x"));
    CHECK(take(consumer) == "x");
  }
  go_to(logbuf::intent::kWindow_bytes);
  auto claim = producer->try_claim(8);
  REQUIRE(claim);
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  std::memcpy(claim->bytes().data(), "unharmed", 8);
  claim->commit();
  CHECK(take(consumer) == "unharmed");
  CHECK(ring.status().holes == 0);
}
