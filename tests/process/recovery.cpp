// What the others find when a producer has died in the middle of a claim.
#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/intent.hpp>
#include <logbuf/queue.hpp>

#include "dead_slot.hpp"
#include "holder.hpp"
#include "raw_segment.hpp"
#include "scratch_ring.hpp"
#include "survivors.hpp"

using logbuf::Blockage;
using logbuf::Consumer;
using logbuf::Position;
using test::dead_slot;
using test::hold_claim;
using test::Holder;
using test::intent_of;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;
using Records = std::vector<std::string>;

namespace {

const logbuf::SegmentOptions kThree = {.capacity = 4096, .max_producers = 3};

}  // namespace

TEST_CASE("a producer killed between claim and commit leaves a skip, and the others' records arrive") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  REQUIRE(put(other, "before"));
  Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(take(consumer) == "before");
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  const auto pid = static_cast<std::uint32_t>(holder.pid());
  holder.kill();
  const Blockage blockage = consumer.unblock();
  CHECK(blockage.kind == Blockage::Kind::recovered);
  CHECK(blockage.extent_bytes == 112);
  CHECK(blockage.producer.pid == pid);
  CHECK(blockage.producer.name == "holder");
  CHECK(test::drain(consumer).records == Records{"behind"});
  CHECK(ring.status().holes == 1);
  test::check_at_rest(ring, 2);
}

TEST_CASE("a hole counts once, though the consumer that made it died before its last step") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  for (std::uint64_t deaths = 1; deaths <= 2; ++deaths) {
    Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
    REQUIRE(holder.ready());
    holder.kill();
    const Position hole = ring.status().consumed;
    for (int died = 0; died < 3; ++died) {
      auto consumer = required(Consumer::attach(ring.name()));
      CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
      raw.word(hole) = 0;  // the header, stored last, as it was
    }
    auto consumer = required(Consumer::attach(ring.name()));
    CHECK(test::drain(consumer).recovered == 1);
    CHECK(ring.status().holes == deaths);
  }
  test::check_at_rest(ring, 0);
}

TEST_CASE("a batch of a killed producer is skipped whole") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  Holder holder(ring.name(), [](auto& producer, auto say) {
    auto batch = producer.try_claim_batch(5, 20);
    for (const auto bytes : *batch) std::memset(bytes.data(), 0xee, bytes.size());
    say();
    for (;;) ::pause();
  });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  holder.kill();
  auto consumer = required(Consumer::attach(ring.name()));
  const test::Drained got = test::drain(consumer);
  CHECK(got.records == Records{"behind"});
  CHECK(got.recovered == 1);
  test::check_at_rest(ring, 1);
}

TEST_CASE("a killed producer's claim over the end of the lap is skipped whole, at any offset") {
  for (const Position left : {8U, 16U, 64U, 96U, 104U}) {
    const test::ScratchRing ring(kThree);
    test::RawSegment(ring.name()).move_to(4096 * 7 - left);
    auto other = required(Producer::attach(ring.name()));
    Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
    REQUIRE(holder.ready());
    REQUIRE(put(other, "behind"));
    holder.kill();
    auto consumer = required(Consumer::attach(ring.name()));
    const test::Drained got = test::drain(consumer);
    CHECK(got.records == Records{"behind"});
    CHECK(got.recovered == 1);
    test::check_at_rest(ring, 1);
  }
}

TEST_CASE("of several that raced for one claim and died without knowing, the hole ends where another's bytes begin") {
  enum class Border { tail, header, intent };
  for (const Border border : {Border::tail, Border::header, Border::intent}) {
    const test::ScratchRing ring({.capacity = 4096, .max_producers = 4});
    const test::RawSegment raw(ring.name());
    const auto first = dead_slot(ring.name());
    intent_of(raw, first) = logbuf::intent::pack(0, 200);  // lost: the claim is the other one's
    // As many slots as there are: a dead one's is not handed out while its claim may stand in the ring.
    raw.words().tail.tail = 8;
    const auto second = dead_slot(ring.name());
    CHECK(second != first);
    intent_of(raw, second) = logbuf::intent::pack(0, 64);
    raw.words().tail.tail = 64;
    std::optional<Producer> next;
    std::optional<logbuf::WriteClaim> open;
    if (border != Border::tail) next.emplace(required(Producer::attach(ring.name())));
    if (border == Border::header) REQUIRE(put(*next, "next"));
    if (border == Border::intent) open.emplace(std::move(*next->try_claim(4)));
    auto consumer = required(Consumer::attach(ring.name()));
    const Blockage blockage = consumer.unblock();
    CHECK(blockage.kind == Blockage::Kind::recovered);
    CHECK(blockage.extent_bytes == 64);
    if (open) {
      CHECK(consumer.try_claim() == std::nullopt);
      CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
      std::memcpy(open->bytes().data(), "next", 4);
      open->commit();
    }
    CHECK(test::drain(consumer).records == (border == Border::tail ? Records{} : Records{"next"}));
    test::check_at_rest(ring, border == Border::tail ? 0 : 1);
  }
}

TEST_CASE("of several dead ones the claim is that one's that has WON, whoever else stands there") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  auto stopped = required(Producer::attach(ring.name()));  // lives, and is about to notice that it has lost
  const auto winner = dead_slot(ring.name());
  intent_of(raw, winner) = logbuf::intent::pack(0, 64) | logbuf::intent::kWon;
  raw.words().tail.tail = 64;
  const auto loser = dead_slot(ring.name());
  CHECK(loser != winner);
  intent_of(raw, loser) = logbuf::intent::pack(0, 16);
  intent_of(raw, stopped.slot()) = logbuf::intent::pack(0, 24);
  raw.word(16) = ~std::uint64_t{0};  // the winner's payload may look like anything
  auto consumer = required(Consumer::attach(ring.name()));
  const Blockage blockage = consumer.unblock();
  CHECK(blockage.kind == Blockage::Kind::recovered);
  CHECK(blockage.extent_bytes == 64);
  CHECK(blockage.slot == winner);
  REQUIRE(put(stopped, "next"));
  CHECK(test::drain(consumer).records == Records{"next"});
  test::check_at_rest(ring, 1);
}

// Without WON, which says whose claim it is, the hole would end in the middle of what the winner has written, or a
// living loser would be waited for.
TEST_CASE("a producer that has won its claim and half written it dies: the hole is the whole claim, whoever lost it") {
  for (const bool loser_lives : {true, false}) {
    const test::ScratchRing ring(kThree);
    const test::RawSegment raw(ring.name());
    Holder winner(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
    REQUIRE(winner.ready());
    REQUIRE(raw.word(8) != 0);
    // A racer that had the same tail, and has not noticed that it has lost.
    std::optional<Producer> living;
    if (loser_lives) living.emplace(required(Producer::attach(ring.name())));
    const auto loser = living ? living->slot() : dead_slot(ring.name());
    intent_of(raw, loser) = logbuf::intent::pack(0, 200);
    auto other = required(Producer::attach(ring.name()));
    REQUIRE(put(other, "behind"));
    winner.kill();

    auto consumer = required(Consumer::attach(ring.name()));
    const Blockage blockage = consumer.unblock();
    CHECK(blockage.kind == Blockage::Kind::recovered);
    CHECK(blockage.extent_bytes == 112);
    CHECK(blockage.slot != loser);
    CHECK(test::drain(consumer).records == Records{"behind"});
    test::check_at_rest(ring, 1);
  }
}
