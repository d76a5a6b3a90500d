#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

#include "cat_support.hpp"
#include "raw_segment.hpp"

TEST_CASE("consuming takes what it shows, and no more") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  for (const char* payload : {"0", "1", "2", "3"}) feed.put(payload);
  const Ended two = cat({"--consume", "-c", "2", ring});
  CHECK(two.status == 0);
  CHECK(two.out == "0\n1\n");
  CHECK(cat({ring}).out == "2\n3\n");
  CHECK(cat({"--consume", ring}).out == "2\n3\n");
  CHECK(cat({ring}).out == "");
}

TEST_CASE("consuming passes the end of a lap") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  std::string shown;
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    const std::string payload(900, static_cast<char>('a' + i));
    feed.put(payload);
    feed.put("x");
    shown += cat({"--consume", ring}).out;
    expected += payload + "\nx\n";
  }
  CHECK(shown == expected);
}

TEST_CASE("a consumed record bears the name of a producer that has left") {
  const RingName ring;
  make_ring(ring);
  Feed(ring, "feed-3").put("x");
  CHECK(contains(cat({"--consume", "-J", ring}).out, R"("name":"feed-3")"));
}

TEST_CASE("what cannot be written stays in the ring") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("0");
  feed.put("1");
  const Ended ended = shell("CAT --consume " + ring.str() + " > /dev/full");
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "No space left on device"));
  CHECK(receive_bytes(ring) == Words{"0", "1"});
}

TEST_CASE("when the reader goes, each record is either written or still in the ring") {
  const RingName ring;
  make_ring(ring, {.capacity = 1 << 20});
  Feed feed(ring);
  constexpr std::size_t count = 5000;
  const auto payload = [](std::size_t i) { return std::to_string(100000 + i) + std::string(93, '.'); };
  for (std::size_t i = 0; i < count; ++i) feed.put(payload(i));
  // A reader that takes what is written before it leaves: all of the pipe but what comes afterwards.
  const Ended ended = shell("{ CAT --consume " + ring.str() + "; echo status $? >&2; } | head -c 1000");
  CHECK(ended.err == "status 0\n");
  CHECK(ended.out.size() == 1000);
  const auto rest = receive_bytes(ring);
  REQUIRE(!rest.empty());
  CHECK(rest.size() <= count - 10);  // 1000 bytes are ten lines
  for (std::size_t i = 0; i < rest.size(); ++i) REQUIRE(rest[i] == payload(count - rest.size() + i));
}

TEST_CASE("consuming and following takes what comes, until a signal") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  Program program(cat_words({"--consume", "-f", ring}));
  feed.put("0");
  program.wait_for_out("0\n");
  feed.put("1");
  program.wait_for_out("1\n");
  program.signal(SIGTERM);
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "0\n1\n");
  CHECK(cat({ring}).out == "");
}

TEST_CASE("consuming and following ends when the ring is closed and empty") {
  const RingName ring;
  auto segment = make_ring(ring);
  Feed feed(ring);
  Program program(cat_words({"--consume", "-f", ring}));
  feed.put("0");
  program.wait_for_out("0\n");
  REQUIRE(segment.close());
  CHECK(program.finish().status == 0);
}

TEST_CASE("a ring that has a consumer is not consumed by a second one") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("x");
  const auto consumer = logbuf::Consumer::attach(ring.str(), {.name = "archiver"});
  REQUIRE(consumer.has_value());
  const Ended ended = cat({"--consume", ring});
  CHECK(ended.status == 1);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, std::to_string(getpid())));
  CHECK(cat({ring}).out == "x\n");
}

TEST_CASE("an archive cannot be consumed") {
  Archive archive;
  archive.append({"x"});
  const Ended ended = cat({"--consume", archive.path()});
  CHECK(ended.status == 2);
  CHECK(contains(ended.err, "archive"));
}

TEST_CASE("who consumes is told of what stands behind the last record and no producer wrote, waiting for more or not") {
  for (const Words& flags : {Words{"--consume"}, Words{"--consume", "-f"}}) {
    const RingName ring;
    make_ring(ring);
    Feed(ring).put("good");
    test::RawSegment(ring.str()).word(16) = logbuf::record::pack({.length = 8});
    Words words = flags;
    words.push_back(ring);
    const Ended ended = cat(words);
    CHECK(ended.status == 3);
    CHECK(ended.out == "good\n");
    CHECK(contains(ended.err, "quarantined"));
  }
}

TEST_CASE("a damaged header among the records is made known to all: the ring is quarantined") {
  const RingName ring;
  const auto segment = make_ring(ring);
  Feed feed(ring);
  for (const char* payload : {"0", "1", "2", "3", "4"}) feed.put(payload);
  test::RawSegment(ring.str()).word(64) = ~std::uint64_t{0};
  REQUIRE(segment.status().tail > 64);
  const Ended ended = cat({"--consume", ring});
  CHECK(ended.status == 3);
  CHECK(ended.out == "0\n1\n2\n3\n");
  CHECK(segment.status().quarantined);
}

TEST_CASE("Ctrl-C sums up also where the ring turns out to be quarantined") {
  const RingName ring;
  make_ring(ring);
  Feed(ring).put("good");
  Program program(cat_words({"--consume", "-f", ring}));
  program.wait_for_out("good\n");
  program.signal(SIGSTOP);
  program.wait_until([&] {
    std::ifstream stat("/proc/" + std::to_string(program.pid()) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(stat), {}};
    return contains(text, ") T ");
  });
  test::RawSegment(ring.str()).word(16) = logbuf::record::pack({.length = 8});
  program.signal(SIGINT);
  program.signal(SIGCONT);
  const Ended ended = program.wait();
  CHECK(ended.status == 3);
  CHECK(contains(ended.err, "logbuf-cat: interrupted after 1 record, 4 bytes; nothing lost\n"));
  CHECK(contains(ended.err, "is quarantined: "));
}

TEST_CASE("who consumes a part leaves the rest, and looks no further") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("0");
  feed.put("1");
  test::RawSegment(ring.str()).word(32) = logbuf::record::pack({.length = 8});
  const Ended ended = cat({"--consume", "-c", "1", ring});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(cat({"-c", "1", ring}).out == "1\n");
}
