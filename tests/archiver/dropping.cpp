// Records that producers drop at a full ring: counted, and told by the archive once, in their place, by name.
#include <csignal>

#include "archiver.hpp"
#include "raw_segment.hpp"
#include "refusals.hpp"

namespace test {
namespace {

using logbuf::ClaimError;
using logbuf::IfFull;
using logbuf::queue::mpsc::Producer;

constexpr std::size_t kCapacity = 4096;

// Fills the ring, then drops `count` records.
void fill_and_drop(Producer& producer, int count, char content = 'x') {
  while (auto claim = producer.try_claim(504)) {
    std::ranges::fill(claim->bytes(), static_cast<std::byte>(content));
    claim->commit();
  }
  for (int i = 0; i < count; ++i) CHECK(producer.try_claim(504, 0, IfFull::drop).error() == ClaimError::full);
}

struct Setting {
  explicit Setting(std::uint32_t max_producers = 64) : ring({.capacity = kCapacity, .max_producers = max_producers}) {}
  ScratchRing ring;
  TemporaryDirectory directory;

  Producer producer(const std::string& name) const { return required(Producer::attach(ring.name(), {.name = name})); }
  logbuf::archive::Writer writer() const {
    const auto info = required(logbuf::Segment::open(ring.name())).info();
    return required(logbuf::archive::Writer::open(directory.path() / ring.name(),
                                                  {.name = ring.name(), .uuid = info.uuid, .capacity = info.capacity}));
  }
  // Every payload's first byte.
  Lines archived() const {
    Lines lines = contents_of(directory.path() / ring.name());
    for (auto& line : lines) line = line.starts_with("gap") ? line : line.substr(0, 1);
    return lines;
  }
  auto lines_told(const std::string& line) const { return std::ranges::count(archived(), line); }
  int archive_once() const {
    Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
    return daemon.wait();
  }
};

}  // namespace

TEST_CASE("dropped records are told behind what filled the ring, by the producer's name, and once") {
  const Setting s;
  Producer producer = s.producer("feed-3");
  fill_and_drop(producer, 3, 'a');
  CHECK(s.archive_once() == 3);
  fill_and_drop(producer, 0, 'b');
  CHECK(s.archive_once() == 0);
  const std::string a(8, 'a');
  const std::string b(8, 'b');
  Lines expected;
  for (const char c : a) expected.push_back({c});
  expected.push_back("gap 3 producer feed-3 (slot 0): refused at a full ring");
  for (const char c : b) expected.push_back({c});
  CHECK(s.archived() == expected);
}

TEST_CASE("what two producers of one slot dropped is told of each by name") {
  const Setting s(1);
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {});
  {
    Producer first = s.producer("first");
    fill_and_drop(first, 1);
    first.notify();
    wait_until("the archiver has seen the first producer", [&] {
      return s.ring.drained() && s.lines_told("gap 1 producer first (slot 0): refused at a full ring") == 1;
    });
    daemon.stop();
    fill_and_drop(first, 3);
  }
  Producer second = s.producer("second");
  fill_and_drop(second, 2);
  daemon.signal(SIGCONT);
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(s.lines_told("gap 3 producer first (slot 0): refused at a full ring") == 1);
  CHECK(s.lines_told("gap 2 producer second (slot 0): refused at a full ring") == 1);
}

TEST_CASE("what producers of one slot drop in turn at a ring that stands still is told in turn, each by name") {
  const Setting s(2);
  Producer slow = s.producer("slow");
  auto held = slow.try_claim(8);
  auto consumer = required(logbuf::Consumer::attach(s.ring.name()));
  const auto writer = s.writer();
  logbuf::archiver::Refusals refusals(consumer, writer);
  int dropped = 0;
  for (const char* const name : {"a", "b", "a"}) {
    Producer producer = s.producer(name);
    fill_and_drop(producer, ++dropped);
    refusals.look();
  }
  Lines told;
  while (const auto* due = refusals.due(consumer.tail())) {
    told.push_back(due->producer + " " + std::to_string(due->total));
    refusals.told();
  }
  CHECK(told == Lines{"a 1", "b 3", "a 6"});
  held->abort();
}

TEST_CASE("a tail that is none of ours does not hold back what was dropped") {
  const Setting s;
  Producer producer = s.producer("feed");
  fill_and_drop(producer, 2);
  auto consumer = required(logbuf::Consumer::attach(s.ring.name()));
  const auto writer = s.writer();
  logbuf::archiver::Refusals refusals(consumer, writer);
  RawSegment(s.ring.name()).words().tail.tail = std::uint64_t{1} << 62;
  refusals.look();
  REQUIRE(refusals.next_place().has_value());
  CHECK(*refusals.next_place() <= consumer.position() + kCapacity);
}

TEST_CASE("what a producer dropped whom no archiver has seen is told without a name") {
  const Setting s(1);
  {
    Producer first = s.producer("first");
    fill_and_drop(first, 3);
  }
  Producer second = s.producer("second");
  fill_and_drop(second, 2);
  CHECK(s.archive_once() == 3);
  CHECK(s.lines_told("gap 3 producer ? (slot 0): refused at a full ring") == 1);
  CHECK(s.lines_told("gap 2 producer second (slot 0): refused at a full ring") == 1);
}

TEST_CASE("an archiver that runs all the while tells what was dropped, and ends by a signal with 0") {
  const Setting s;
  Producer producer = s.producer("feed");
  fill_and_drop(producer, 5);
  Program daemon = archive_ring(s.ring.name(), s.directory.path(), {});
  wait_until("the ring is drained", [&] { return s.ring.drained(); });
  const auto told = [&](const char* records) {
    return s.lines_told("gap " + std::string(records) + " producer feed (slot 0): refused at a full ring") == 1;
  };
  wait_until("the archive tells what was dropped", [&] { return told("5"); });
  wait_until("the archiver says so", [&] { return daemon.has_said("dropped records at the full ring, 5 that"); });
  fill_and_drop(producer, 2);
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(daemon.has_said("lost: 7 that producers were refused"));
  CHECK(told("5"));
  CHECK(told("2"));
}

TEST_CASE("a claim that is tried again is no record lost") {
  const Setting s;
  Producer producer = s.producer("patient");
  fill_and_drop(producer, 0);
  CHECK(producer.try_claim(504).error() == ClaimError::full);
  CHECK(s.archive_once() == 0);
}

}  // namespace test
