#include "model.hpp"

#include "support.hpp"

using namespace stat_test;

namespace {

std::string state(const Watched& ring) {
  return state_of({.now = ring}, Charset::utf8).text;
}

Grade grade(const Watched& ring) {
  return state_of({.now = ring}, Charset::utf8).grade;
}

}  // namespace

TEST_CASE("a ring's state is the worst that is to be said of it") {
  use_utf8();
  Watched one = ring("orders");
  CHECK(state(one) == "running");
  CHECK(grade(one) == Grade::fine);
  one.look->status.consumer.reset();
  CHECK(state(one) == "no consumer");
  CHECK(grade(one) == Grade::note);
  one.look->status.closed = true;
  CHECK(state(one) == "closed");
  one.look->status.consumer = logbuf::EndStatus{.pid = 17, .alive = false, .name = "a\x1b"};
  CHECK(state(one) == "dead consumer a\\x1b (17)");
  CHECK(grade(one) == Grade::bad);
  one.look->sound = false;
  CHECK(state(one) == "damaged");
  one.look->status.quarantined = true;
  CHECK(state(one) == "quarantined");
  CHECK(grade(one) == Grade::bad);
  one.look.reset();
  one.detail = "not permitted";
  CHECK(state(one) == "cannot be opened: not permitted");
}

TEST_CASE("a claim that is unfinished at two looks blocks, and one in flight does not") {
  Model model = model_of({blocked_ring("orders", 64)});
  CHECK_FALSE(model.rings().front().held_up);
  model.take({blocked_ring("orders", 128)}, now_ns);
  CHECK_FALSE(model.rings().front().held_up);
  model.take({blocked_ring("orders", 128)}, now_ns);
  CHECK(model.rings().front().held_up);
  CHECK(state_of(model.rings().front(), Charset::utf8).text == "blocked by slow (4003)");
  Watched anew = blocked_ring("orders", 128);
  anew.look->info.uuid.fill(std::byte{1});
  model.take({anew}, now_ns);
  CHECK_FALSE(model.rings().front().held_up);
}

TEST_CASE("a ring that is removed stays for ten looks, as removed, and comes back as new") {
  Model model = model_of({ring("a"), ring("b")});
  for (int looks = 1; looks <= 10; ++looks) {
    model.take({ring("b")}, now_ns);
    REQUIRE(model.rings().size() == 2);
    CHECK(state_of(model.rings().front(), Charset::utf8).text == "removed");
  }
  model.take({ring("b")}, now_ns);
  CHECK(model.rings().size() == 1);
  model.take({ring("a"), ring("b")}, now_ns);
  CHECK(state_of(model.rings().front(), Charset::utf8).text == "running");
  CHECK(contains(model.news(), "a: has appeared"));
}

TEST_CASE("news tell what became of a ring, and nothing of the first look") {
  Model model = model_of({ring("a")});
  CHECK(model.news() == "");
  Watched dead = ring("a");
  dead.look->status.consumer->alive = false;
  model.take({dead, ring("b"), ring("c")}, now_ns);
  CHECK(contains(model.news(), " a: dead consumer reader (71) (and 2 more)"));
  const std::string before = model.news();
  model.take({dead, ring("b"), ring("c")}, now_ns);
  CHECK(model.news() == before);
  model.take({dead, ring("b")}, now_ns);
  CHECK(contains(model.news(), "c: removed"));
}
