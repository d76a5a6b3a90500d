// gc looks at every ring of the machine: it gets a /dev/shm of its own.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <sstream>

#include "ctl_support.hpp"
#include "holder.hpp"
#include "own_shm.hpp"

namespace {

using Names = std::set<std::string>;

Names names_in(const std::string& out) {
  Names all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) all.insert(line);
  return all;
}

std::string bytes_of(const RingName& ring) {
  std::ifstream in(object_path(ring), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void kill_writer(const RingName& ring) {
  Writer writer(ring);
  writer.signal(SIGKILL);
  CHECK(writer.wait().status == 128 + SIGKILL);
}

void kill_in_claim(const RingName& ring) {
  test::Holder holder(ring.str(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
  REQUIRE(holder.ready());
  holder.kill();
}

}  // namespace

TEST_CASE("gc has nothing to do where there are no rings") {
  if (!own_dev_shm()) return;
  for (const Words& words : {Words{"gc"}, Words{"gc", "--force"}}) {
    const Ended ended = ctl(words);
    CHECK(ended.status == 0);
    CHECK(ended.out == "");
    CHECK(ended.err == "");
  }
}

TEST_CASE("gc removes the rings that nobody is attached to and that hold no record, and prints their names") {
  if (!own_dev_shm()) return;
  const RingName unused;
  const RingName closed;
  const RingName claimed;  // by a dead producer
  const RingName drained;  // of a dead producer's record
  const RingName full;
  const RingName left_full;  // by a dead producer
  const RingName consumed;   // by somebody living
  const RingName stopped;    // with its producer
  for (const auto* ring : {&unused, &closed, &claimed, &drained, &full, &left_full, &consumed, &stopped})
    make_ring(*ring);
  CHECK(ctl({"close", closed}).status == 0);
  kill_in_claim(claimed);
  kill_writer(drained);
  CHECK(receive_bytes(drained) == Words{"a"});
  send(full, "record");
  kill_writer(left_full);
  const auto consumer = logbuf::Consumer::attach(consumed.str());
  Writer writer(stopped);
  writer.signal(SIGSTOP);
  CHECK(receive_bytes(stopped, 1) == Words{"a"});

  Ended ended = ctl({"gc"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(names_in(ended.out) == Names{unused, closed, claimed, drained});
  for (const auto* ring : {&full, &left_full, &consumed, &stopped}) CHECK(exists(*ring));

  ended = ctl({"gc", "--force"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(names_in(ended.out) == Names{full, left_full});
  for (const auto* ring : {&consumed, &stopped}) CHECK(exists(*ring));

  writer.signal(SIGCONT);
  CHECK(writer.finish().status == 0);
  CHECK(names_in(ctl({"gc"}).out) == Names{stopped});
}

TEST_CASE("gc --dry-run prints what gc would remove, removes none of it, and changes no byte") {
  if (!own_dev_shm()) return;
  const RingName unused;
  const RingName claimed;  // by a dead producer
  const RingName full;
  const RingName consumed;  // by somebody living
  for (const auto* ring : {&unused, &claimed, &full, &consumed}) make_ring(*ring);
  kill_in_claim(claimed);
  send(full, "record");
  const auto consumer = logbuf::Consumer::attach(consumed.str());
  const auto contents = [&] {
    std::vector<std::string> all;
    for (const auto* ring : {&unused, &claimed, &full}) all.push_back(bytes_of(*ring));
    return all;
  };
  const auto before = contents();

  Ended ended = ctl({"gc", "--dry-run"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(names_in(ended.out) == Names{unused, claimed});
  CHECK(names_in(ctl({"gc", "-n", "--force"}).out) == Names{unused, claimed, full});
  for (const auto* ring : {&unused, &claimed, &full, &consumed}) CHECK(exists(*ring));
  CHECK(contents() == before);

  CHECK(names_in(ctl({"gc"}).out) == Names{unused, claimed});
}

TEST_CASE("gc leaves alone what it cannot judge, and says why") {
  if (!own_dev_shm()) return;
  const RingName junk;
  const RingName damaged;
  const RingName quarantined;
  make_junk(junk);
  make_damaged(damaged);
  make_quarantined(quarantined);
  const Ended ended = ctl({"gc"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "ring '" + junk.str() + "': its segment has 9 bytes"));
  CHECK(contains(ended.err, "ring '" + damaged.str() + "': its positions or its count of records cannot be"));
  for (const auto* ring : {&junk, &damaged, &quarantined}) CHECK(exists(*ring));
  CHECK(names_in(ctl({"gc", "--force"}).out) == Names{quarantined});
}

TEST_CASE("gc leaves rings of another user alone, says so, and removes the others") {
  if (!own_dev_shm()) return;
  const RingName shared;
  const RingName hidden;
  const RingName own;
  make_ring(shared, {.capacity = 4096, .mode = 0666});
  make_ring(hidden);
  if (ctl_as_nobody({"create", own, "--capacity", "4K"}).status != 0) {
    MESSAGE("not run: only root can become another user, who must be able to reach " LOGBUF_CTL);
    return;
  }
  const Ended would = ctl_as_nobody({"gc", "--dry-run"});
  CHECK(would.status == 0);
  CHECK(names_in(would.out) == Names{own});
  CHECK(contains(would.err, "ring '" + shared.str() + "': no permission to remove"));
  CHECK(exists(own));
  const Ended ended = ctl_as_nobody({"gc"});
  CHECK(ended.status == 0);
  CHECK(names_in(ended.out) == Names{own});
  CHECK(contains(ended.err, "ring '" + shared.str() + "': no permission to remove"));
  CHECK(contains(ended.err, "; left alone"));
  CHECK(contains(ended.err, "ring '" + hidden.str() + "': no permission for"));
  for (const auto* ring : {&shared, &hidden}) CHECK(exists(*ring));
}
