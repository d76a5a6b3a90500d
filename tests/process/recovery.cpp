// What the others find when a producer has died in the middle of a claim, or lives and does not end it.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/intent.hpp>
#include <logbuf/queue.hpp>

#include "child.hpp"
#include "holder.hpp"
#include "raw_segment.hpp"
#include "scratch_ring.hpp"
#include "survivors.hpp"

using logbuf::Blockage;
using logbuf::Consumer;
using logbuf::Errc;
using logbuf::Position;
using test::hold_claim;
using test::Holder;
using test::put;
using test::required;
using test::take;
using Producer = logbuf::queue::mpsc::Producer;
using Records = std::vector<std::string>;

namespace {

const logbuf::SegmentOptions kThree = {.capacity = 4096, .max_producers = 3};

// A slot whose producer died attached, and did nothing.
std::uint16_t dead_slot(const std::string& ring) {
  const int slot = test::in_child([&]() -> int {
    const auto producer = Producer::attach(ring);
    ::_exit(producer ? producer->slot() : 100);
  });
  REQUIRE(slot < 100);
  return static_cast<std::uint16_t>(slot);
}

std::uint64_t& intent_of(const test::RawSegment& raw, std::uint16_t slot) {
  return reinterpret_cast<std::uint64_t&>(raw.slot(slot).hot.intent);
}

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

TEST_CASE("a stopped producer that lives is never skipped: its record arrives whole when it continues") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  Holder holder(ring.name(), [](auto& producer, auto say) {
    auto claim = producer.try_claim(100);
    std::memset(claim->bytes().data(), 'x', 50);
    say();
    ::raise(SIGSTOP);
    std::memset(claim->bytes().data() + 50, 'y', 50);
    claim->commit();
    say();
    for (;;) ::pause();
  });
  REQUIRE(holder.ready());
  int status = 0;
  REQUIRE(::waitpid(holder.pid(), &status, WUNTRACED) == holder.pid());
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(put(other, "behind"));
  auto receiver = required(logbuf::Receiver::attach(ring.name()));
  for (int i = 0; i < 1000; ++i) CHECK(receiver.consumer().unblock().kind == Blockage::Kind::waiting);
  CHECK(test::error_of(receiver.recv(std::chrono::milliseconds(50))) == logbuf::RecvError::timeout);
  ::kill(holder.pid(), SIGCONT);
  {
    const auto record = receiver.recv();
    REQUIRE(record);
    CHECK(test::text_of(record->bytes()) == std::string(50, 'x') + std::string(50, 'y'));
  }
  CHECK(take(receiver.consumer()) == "behind");
  test::check_at_rest(ring, 2);
  CHECK(ring.status().holes == 0);
}

TEST_CASE("a claim that a living process has leaked is reported, and the ring goes on when that process ends") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  Holder holder(ring.name(), [](auto& producer, auto say) { hold_claim(producer, say); });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(ring.status().blocked->since_ns == 0);
  const Blockage first = consumer.unblock();
  CHECK(first.kind == Blockage::Kind::waiting);
  REQUIRE(first.slot);
  CHECK(*first.slot != other.slot());
  CHECK(first.producer.name == "holder");
  CHECK(first.producer.pid == static_cast<std::uint32_t>(holder.pid()));
  CHECK(first.since_ns > 0);
  CHECK(consumer.unblock().since_ns == first.since_ns);
  const auto status = ring.status();
  REQUIRE(status.blocked);
  CHECK(status.blocked->slot == first.slot);
  CHECK(status.blocked->since_ns == first.since_ns);
  CHECK(status.blocked->position == consumer.position());
  holder.kill();
  CHECK(test::drain(consumer).records == Records{"behind"});
  test::check_at_rest(ring, 1);
}

TEST_CASE("a forked child of a dead producer does not keep its claim alive") {
  const test::ScratchRing ring(kThree);
  auto other = required(Producer::attach(ring.name()));
  int held[2];
  REQUIRE(::pipe(held) == 0);
  Holder holder(ring.name(), [&](auto& producer, auto say) {
    auto claim = producer.try_claim(100);
    if (::fork() == 0) {
      ::close(held[1]);
      ::alarm(60);
      say();
      char c;
      (void)!::read(held[0], &c, 1);  // until the test closes its end
      ::_exit(0);
    }
    ::close(held[1]);
    for (;;) ::pause();
  });
  REQUIRE(holder.ready());
  REQUIRE(put(other, "behind"));
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  holder.kill();
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
  CHECK(test::drain(consumer).records == Records{"behind"});
  ::close(held[0]);
  ::close(held[1]);
}

TEST_CASE("of two attachments in one process the one that goes leaves the other's claim alone") {
  const test::ScratchRing ring(kThree);
  auto consumer = required(Consumer::attach(ring.name()));
  auto stays = required(Producer::attach(ring.name()));
  auto goes = std::optional(required(Producer::attach(ring.name())));
  auto claim = stays.try_claim(4);
  REQUIRE(claim);
  goes.reset();
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  std::memcpy(claim->bytes().data(), "mine", 4);
  claim->commit();
  CHECK(take(consumer) == "mine");
}

TEST_CASE("a producer in another pid namespace is seen alive, and dead") {
  const test::ScratchRing ring(kThree);
  int ready[2];
  int end[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(end) == 0);
  // Only a child of the process that asks is in the new namespace.
  const pid_t outer = ::fork();
  REQUIRE(outer >= 0);
  if (outer == 0) {
    ::close(end[1]);
    if (::unshare(CLONE_NEWPID) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) {
      (void)!::write(ready[1], "n", 1);
      ::_exit(0);
    }
    const pid_t inner = ::fork();
    if (inner == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto producer = Producer::attach(ring.name(), {.name = "elsewhere"});
      if (!producer) ::_exit(1);
      const auto claim = producer->try_claim(10);
      (void)!::write(ready[1], ::getpid() == 1 ? "1" : "?", 1);
      for (;;) ::pause();
    }
    char c;
    (void)!::read(end[0], &c, 1);  // until the test closes its end
    ::kill(inner, SIGKILL);
    ::_exit(test::wait_for(inner) == -SIGKILL ? 0 : 1);
  }
  ::close(ready[1]);
  char c = 0;
  REQUIRE(::read(ready[0], &c, 1) == 1);
  ::close(ready[0]);
  ::close(end[0]);
  if (c == 'n') {
    ::close(end[1]);
    MESSAGE("not tested: this system does not let us make a pid namespace");
    CHECK(test::wait_for(outer) == 0);
    return;
  }
  CHECK(c == '1');
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(ring.status().producers.at(0).pid == 1);  // its own view, which says nothing here
  CHECK(ring.status().producers.at(0).alive);
  CHECK(consumer.unblock().kind == Blockage::Kind::waiting);
  ::close(end[1]);
  CHECK(test::wait_for(outer) == 0);
  CHECK_FALSE(ring.status().producers.at(0).alive);
  CHECK(consumer.unblock().kind == Blockage::Kind::recovered);
}

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

TEST_CASE("a record that was committed counts though its producer died before it had counted it") {
  const test::ScratchRing ring(kThree);
  const test::RawSegment raw(ring.name());
  const auto dead = dead_slot(ring.name());
  auto& hot = raw.slot(dead).hot;
  hot.intent = logbuf::intent::pack(0, 16) | logbuf::intent::kWon;
  hot.next_records = 1;
  raw.word(0) = logbuf::record::pack({.length = 4, .skip = false, .slot = dead, .type = 0});
  raw.words().tail.tail = 16;
  auto consumer = required(Consumer::attach(ring.name()));
  CHECK(take(consumer));
  std::vector<Producer> producers;
  for (int i = 0; i < 3; ++i) producers.push_back(required(Producer::attach(ring.name())));
  test::check_at_rest(ring, 1);
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
