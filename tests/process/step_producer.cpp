// A producer that is killed behind any instruction of what it does: its committed records arrive, its open claim
// becomes a skip, its slot can be had again, and the others go on.
#include "step.hpp"

#if LOGBUF_CAN_STEP

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/queue.hpp>

#include "step_scene.hpp"
#include "survivors.hpp"

using logbuf::Consumer;
using logbuf::Kind;
using logbuf::Producer;
using test::attach;
using test::Mpsc;
using test::put;
using test::Records;
using test::required;
using test::Spsc;

namespace {

// What the kills of one operation have shown, taken together.
struct Seen {
  std::size_t kills = 0;
  std::size_t committed = 0;
  std::size_t holes = 0;
};

template <Kind K>
struct Operation {
  std::function<void(std::optional<Producer<K>>&, const std::string& ring)> set_up;
  std::function<void(std::optional<Producer<K>>&, const std::string& ring)> run;
  Records records = {};        // what it commits, in one piece
  logbuf::Position start = 0;  // where the ring stands
  bool timestamps = false;
};

template <Kind K>
class Scene {
 public:
  Scene(const Operation<K>& operation, Seen& seen)
      : operation_(operation), seen_(seen), ring_(operation.start, operation.timestamps) {
    other_.emplace(required(Producer<K>::attach(ring_.name())));
    REQUIRE(put(*other_, "before"));
    if (K == Kind::spsc) other_.reset();
  }

  void set_up() { operation_.set_up(own_, ring_.name()); }
  void operation() { operation_.run(own_, ring_.name()); }
  std::span<const std::byte> shared() const { return ring_.shared(); }

  void check(bool ended) {
    ++seen_.kills;
    // Another producer is not held up; on an spsc ring it comes when the claim is out of the way.
    if (K == Kind::mpsc) REQUIRE(put(*other_, "after"));
    auto consumer = required(Consumer::attach(ring_.name()));
    test::Drained got = test::drain(consumer);
    CHECK_FALSE(got.wedged);
    auto newcomers = ring_.fill_up(other_ ? 1 : 0);
    REQUIRE(put(newcomers.front(), "newcomer"));
    const auto last = test::take(consumer);
    CHECK(last == "newcomer");

    Records without = {"before"};
    Records with = without;
    with.insert(with.end(), operation_.records.begin(), operation_.records.end());
    if (K == Kind::mpsc) {
      with.push_back("after");
      without.push_back("after");
    }
    const bool committed = got.records == with;
    CHECK((committed || got.records == without));
    if (ended) CHECK(committed);
    CHECK(got.recovered <= 1);
    if (committed) CHECK((got.recovered == 0 || operation_.records.empty()));
    seen_.committed += committed ? 1 : 0;
    seen_.holes += got.recovered;
    CHECK(ring_.status().holes == got.recovered);
    test::check_at_rest(ring_, got.records.size() + 1);
  }

 private:
  const Operation<K>& operation_;
  Seen& seen_;
  test::SteppedRing<K> ring_;
  std::optional<Producer<K>> other_;
  std::optional<Producer<K>> own_;
};

template <Kind K>
Seen kill_in(const std::string& name, const Operation<K>& operation) {
  Seen seen;
  test::kill_at_every_instruction(test::with_kind<K>(name), [&] { return Scene<K>(operation, seen); });
  return seen;
}

template <Kind K>
void put_one(std::optional<Producer<K>>& own, const std::string&) {
  auto claim = own->try_claim(40);
  std::memset(claim->bytes().data(), 'x', 40);
  claim->commit();
}

template <Kind K>
void put_batch(std::optional<Producer<K>>& own, const std::string&) {
  const std::array<std::size_t, 3> lengths = {40, 8, 3};
  auto batch = own->try_claim_batch(lengths);
  for (const auto bytes : *batch) std::memset(bytes.data(), 'x', bytes.size());
  batch->commit();
}

template <Kind K>
void abort_one(std::optional<Producer<K>>& own, const std::string&) {
  auto claim = own->try_claim(40);
  std::memset(claim->bytes().data(), 'x', 40);
  claim->abort();
}

const Records kOne = {std::string(40, 'x')};
const Records kBatch = {std::string(40, 'x'), std::string(8, 'x'), std::string(3, 'x')};

// So much is left of the lap behind "before", which takes 16 bytes.
constexpr logbuf::Position end_of_lap(logbuf::Position left) {
  return test::end_of_lap(left + 16);
}

// Kills before the claim, in it and behind it: else the test has not stepped through what it should.
void check_both(const Seen& seen) {
  CHECK(seen.committed > 0);
  CHECK(seen.holes > 0);
  CHECK(seen.kills > seen.committed + seen.holes);
}

}  // namespace

TEST_CASE_TEMPLATE("a producer killed behind any instruction of a claim and its commit", K, Mpsc, Spsc) {
  constexpr Kind kind = K::value;
  check_both(
      kill_in<kind>("claim and commit", {.set_up = attach<Producer<kind>>, .run = put_one<kind>, .records = kOne}));
  check_both(
      kill_in<kind>("claim and commit, with times",
                    {.set_up = attach<Producer<kind>>, .run = put_one<kind>, .records = kOne, .timestamps = true}));
}

TEST_CASE_TEMPLATE("a producer killed behind any instruction of a claim over the end of the lap", K, Mpsc, Spsc) {
  constexpr Kind kind = K::value;
  check_both(kill_in<kind>(
      "claim over the lap's end",
      {.set_up = attach<Producer<kind>>, .run = put_one<kind>, .records = kOne, .start = end_of_lap(24)}));
}

TEST_CASE_TEMPLATE("a producer killed behind any instruction of a batch", K, Mpsc, Spsc) {
  constexpr Kind kind = K::value;
  check_both(kill_in<kind>("batch", {.set_up = attach<Producer<kind>>, .run = put_batch<kind>, .records = kBatch}));
  check_both(kill_in<kind>(
      "batch over the lap's end",
      {.set_up = attach<Producer<kind>>, .run = put_batch<kind>, .records = kBatch, .start = end_of_lap(64)}));
}

TEST_CASE_TEMPLATE("a producer killed behind any instruction of an abort", K, Mpsc, Spsc) {
  constexpr Kind kind = K::value;
  CHECK(kill_in<kind>("abort", {.set_up = attach<Producer<kind>>, .run = abort_one<kind>}).holes > 0);
  CHECK(kill_in<kind>("abort over the lap's end",
                      {.set_up = attach<Producer<kind>>, .run = abort_one<kind>, .start = end_of_lap(24)})
            .holes > 0);
}

TEST_CASE_TEMPLATE("a producer killed behind any instruction of its attaching or detaching", K, Mpsc, Spsc) {
  constexpr Kind kind = K::value;
  const auto detach = [](std::optional<Producer<kind>>& own, const std::string&) { own.reset(); };
  CHECK(kill_in<kind>("attach", {.set_up = [](auto&, const auto&) {}, .run = attach<Producer<kind>>}).holes == 0);
  CHECK(kill_in<kind>("detach", {.set_up = attach<Producer<kind>>, .run = detach}).holes == 0);
}

#endif
