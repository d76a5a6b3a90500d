// A consumer that is killed behind any instruction of what it does: its successor gets each record that was not
// released once and in order, and a recovery that was begun is ended.
#include "step.hpp"

#if LOGBUF_CAN_STEP

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <logbuf/intent.hpp>
#include <logbuf/queue.hpp>

#include "peer.hpp"
#include "step_scene.hpp"
#include "survivors.hpp"

using logbuf::Consumer;
using logbuf::Kind;
using logbuf::Producer;
using test::attach;
using test::end_of_lap;
using test::Mpsc;
using test::put;
using test::Records;
using test::required;
using test::Spsc;

namespace {

// What the kills of one operation have shown, taken together.
struct Seen {
  std::set<std::size_t> released;  // how many records the successor did not get
  std::size_t recovered_by_dead = 0;
  std::size_t recovered_by_successor = 0;
};

template <Kind K>
struct Operation {
  // In the test: what is in the ring, and who stays attached.
  std::function<void(std::optional<Producer<K>>& other, const test::SteppedRing<K>& ring)> prepare;
  std::function<void(std::optional<Consumer>&, const std::string& ring)> set_up;
  std::function<void(std::optional<Consumer>&, const std::string& ring)> run;
  Records records = {};      // all that are committed
  std::uint64_t begins = 0;  // how many of them are released when it begins
  std::uint64_t ends = 0;    // and when it has ended, all in one step
  std::size_t holes = 0;
  logbuf::Position start = 0;
};

template <Kind K>
class Scene {
 public:
  Scene(const Operation<K>& operation, Seen& seen) : operation_(operation), seen_(seen), ring_(operation.start) {
    operation.prepare(other_, ring_);
  }

  void set_up() { operation_.set_up(own_, ring_.name()); }
  void operation() { operation_.run(own_, ring_.name()); }
  std::span<const std::byte> shared() const { return ring_.shared(); }

  void check(bool ended) {
    auto consumer = required(Consumer::attach(ring_.name()));
    const std::uint64_t released = consumer.records_consumed();
    const test::Drained got = test::drain(consumer);
    CHECK_FALSE(got.wedged);
    CHECK((released == operation_.begins || released == operation_.ends));
    if (ended) CHECK(released == operation_.ends);
    REQUIRE(released <= operation_.records.size());
    CHECK(got.records ==
          Records(operation_.records.begin() + static_cast<std::ptrdiff_t>(released), operation_.records.end()));

    // Counted before it is seen: a consumer that dies in between leaves it to be counted again.
    const auto holes = ring_.status().holes;
    CHECK(got.recovered <= operation_.holes);
    CHECK(holes >= operation_.holes);
    CHECK(holes <= operation_.holes + got.recovered);
    seen_.released.insert(released);
    (got.recovered == 0 ? seen_.recovered_by_dead : seen_.recovered_by_successor) += 1;

    auto newcomers = ring_.fill_up(other_ ? 1 : 0);
    auto& last = other_ ? *other_ : newcomers.front();
    REQUIRE(put(last, "after"));
    const auto taken = test::take(consumer);
    CHECK(taken == "after");
    test::check_at_rest(ring_, operation_.records.size() + 1);
  }

 private:
  const Operation<K>& operation_;
  Seen& seen_;
  test::SteppedRing<K> ring_;
  std::optional<Producer<K>> other_;
  std::optional<Consumer> own_;
};

template <Kind K>
Seen kill_in(const std::string& name, const Operation<K>& operation) {
  Seen seen;
  test::kill_at_every_instruction(test::with_kind<K>(name), [&] { return Scene<K>(operation, seen); });
  return seen;
}

const Records kFive = {std::string(40, 'a'), "b", std::string(100, 'c'), "d", "e"};

template <Kind K>
void put_five(std::optional<Producer<K>>& other, const test::SteppedRing<K>& ring) {
  other.emplace(required(Producer<K>::attach(ring.name())));
  for (const auto& text : kFive) REQUIRE(put(*other, text));
}

void read_one(std::optional<Consumer>& own, const std::string&) {
  const auto claim = own->try_claim();
}

// Three records: "a", "b" and "c" have 168 bytes.
void read_batch(std::optional<Consumer>& own, const std::string&) {
  auto batch = own->try_claim_batch(150);
  while (batch->next()) {
  }
  batch->release();
}

void unblock(std::optional<Consumer>& own, const std::string&) {
  (void)own->unblock();
}

// A claim that a dead producer has begun to write, then (on an mpsc ring) "behind".
template <Kind K>
void leave_hole(std::optional<Producer<K>>& other, const test::SteppedRing<K>& ring) {
  if (K == Kind::mpsc) other.emplace(required(Producer<K>::attach(ring.name())));
  CHECK(test::in_child([&] {
          auto producer = Producer<K>::attach(ring.name());
          if (!producer) return 1;
          auto claim = producer->try_claim(60);
          if (!claim) return 1;
          std::memset(claim->bytes().data(), 0xff, 60);
          ::_exit(0);
        }) == 0);
  if (K == Kind::mpsc) REQUIRE(put(*other, "behind"));
}

// Two that raced for one CAS and died before they knew who had won: no WON, and the claims differ.
template <Kind K>
void leave_race(std::optional<Producer<K>>& other, const test::SteppedRing<K>& ring) {
  const test::RawSegment& raw = ring.raw();
  other.emplace(required(Producer<K>::attach(ring.name())));
  const logbuf::Position at = raw.words().tail.tail;
  for (const std::uint64_t extent : {48U, 72U}) {
    const int slot = test::in_child([&]() -> int {
      const auto producer = Producer<K>::attach(ring.name());
      ::_exit(producer ? producer->slot() : 100);
    });
    REQUIRE(slot < 100);
    raw.slot(static_cast<std::size_t>(slot)).hot.intent = logbuf::intent::pack(at, extent);
  }
  raw.words().tail.tail = at + 72;
  REQUIRE(put(*other, "behind"));
}

// A predecessor that died while it released the first two of five, the span half zeroed.
template <Kind K>
void leave_release(std::optional<Producer<K>>& other, const test::SteppedRing<K>& ring) {
  put_five(other, ring);
  const test::RawSegment& raw = ring.raw();
  auto& line = raw.words().consumer;
  const logbuf::Position begin = line.head;
  line.counts[1].records = 2;
  line.counts[1].position = begin + 64;
  line.consumed = begin + 64;
  for (logbuf::Position at = begin; at < begin + 24; at += 8) raw.word(at) = 0;
}

template <Kind K>
Records behind_hole() {
  return K == Kind::mpsc ? Records{"behind"} : Records{};
}

}  // namespace

TEST_CASE_TEMPLATE("a consumer killed behind any instruction of a record's release", K, Mpsc, Spsc) {
  const auto seen = kill_in<K::value>(
      "read and release one",
      {.prepare = put_five<K::value>, .set_up = attach<Consumer>, .run = read_one, .records = kFive, .ends = 1});
  CHECK(seen.released == std::set<std::size_t>{0, 1});
}

TEST_CASE_TEMPLATE("a consumer killed behind any instruction of a batch's release", K, Mpsc, Spsc) {
  const Operation<K::value> operation = {
      .prepare = put_five<K::value>, .set_up = attach<Consumer>, .run = read_batch, .records = kFive, .ends = 3};
  CHECK(kill_in<K::value>("read and release a batch", operation).released == std::set<std::size_t>{0, 3});
  auto wrapping = operation;
  wrapping.start = end_of_lap(32);  // "a" does not fit: a skip comes first
  CHECK(kill_in<K::value>("read and release a batch behind a skip", wrapping).released == std::set<std::size_t>{0, 3});
}

TEST_CASE_TEMPLATE("a consumer killed behind any instruction of a dead producer's recovery", K, Mpsc, Spsc) {
  const Operation<K::value> operation = {.prepare = leave_hole<K::value>,
                                         .set_up = attach<Consumer>,
                                         .run = unblock,
                                         .records = behind_hole<K::value>(),
                                         .holes = 1};
  const auto seen = kill_in<K::value>("recovery", operation);
  CHECK(seen.recovered_by_dead > 0);
  CHECK(seen.recovered_by_successor > 0);
  auto wrapping = operation;
  wrapping.start = end_of_lap(24);
  const auto seen_at_end = kill_in<K::value>("recovery over the lap's end", wrapping);
  CHECK(seen_at_end.recovered_by_dead > 0);
  CHECK(seen_at_end.recovered_by_successor > 0);
}

TEST_CASE("a consumer killed behind any instruction of the recovery of two that raced and died") {
  Operation<Kind::mpsc> operation = {.prepare = leave_race<Kind::mpsc>,
                                     .set_up = attach<Consumer>,
                                     .run = unblock,
                                     .records = behind_hole<Kind::mpsc>(),
                                     .holes = 1};
  operation.start = end_of_lap(24);
  const auto seen = kill_in<Kind::mpsc>("recovery of a race", operation);
  CHECK(seen.recovered_by_dead > 0);
  CHECK(seen.recovered_by_successor > 0);
}

TEST_CASE_TEMPLATE("a consumer killed behind any instruction of taking over from one that died in a release", K, Mpsc,
                   Spsc) {
  const Operation<K::value> operation = {.prepare = leave_release<K::value>,
                                         .set_up = [](auto&, const auto&) {},
                                         .run = attach<Consumer>,
                                         .records = kFive,
                                         .begins = 2,
                                         .ends = 2};
  CHECK(kill_in<K::value>("takeover", operation).released == std::set<std::size_t>{2});
}

#endif
