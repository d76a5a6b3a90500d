#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cat_support.hpp"

using nlohmann::json;

TEST_CASE("a ring's records are shown one a line, and stay in the ring") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("one");
  feed.put("two");
  for (int time = 0; time < 2; ++time) {
    const Ended ended = cat({ring});
    CHECK(ended.status == 0);
    CHECK(ended.out == "one\ntwo\n");
    CHECK(ended.err == "");
  }
  CHECK(receive_bytes(ring) == Words{"one", "two"});
}

TEST_CASE("an empty ring shows nothing, and that is fine") {
  const RingName ring;
  make_ring(ring);
  const Ended ended = cat({ring});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK(ended.err == "");
}

TEST_CASE("raw is the payloads' bytes and nothing else") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  const std::string binary("\0\n\xff", 3);
  feed.put(binary);
  feed.put("x");
  CHECK(cat({"-o", "raw", ring}).out == binary + "x");
}

TEST_CASE("length-prefixed puts four bytes of length, the least first, before each payload") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put(std::string(258, 'a'));
  feed.put("b");
  CHECK(cat({"-o", "length-prefixed", ring}).out ==
        std::string("\2\1\0\0", 4) + std::string(258, 'a') + std::string("\1\0\0\0b", 5));
}

TEST_CASE("hex shows who wrote a record, and its bytes sixteen a line") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  feed.put("0123456789abcdef\x01", 7);
  CHECK(cat({"-X", ring}).out ==
        "seq 0, position 0, producer 0 (feed-3), type 7, length 17\n"
        "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        "00000010  01                                                |.|\n");
}

TEST_CASE("json has a record's seq, position, producer, type, length and bytes") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  feed.put("text \"quoted\"\n", 7);
  feed.put("\xff\xfe");
  CHECK(cat({"-J", ring}).out ==
        R"({"seq":0,"position":0,"time":null,"producer":0,"name":"feed-3","type":7,"length":14,)"
        R"("data":"text \"quoted\"\n"})"
        "\n"
        R"({"seq":1,"position":24,"time":null,"producer":0,"name":"feed-3","type":0,"length":2,)"
        R"("data_b64":"//4="})"
        "\n");
}

TEST_CASE("json has the time of a ring with timestamps, in UTC with nanoseconds") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096, .timestamps = true});
  Feed feed(ring);
  feed.put("x");
  const std::string time = json::parse(cat({"-J", ring}).out).at("time");
  REQUIRE(time.size() == std::string_view("2026-11-22T05:06:07.000000008Z").size());
  CHECK(time[10] == 'T');
  CHECK(time.back() == 'Z');
}

TEST_CASE("what is not printable is escaped on a terminal only") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("a\x1b[31mb");
  CHECK(cat({ring}).out == "a\x1b[31mb\n");
  const Ended ended = run({"script", "-qec", LOGBUF_CAT " " + ring.str(), "/dev/null"});
  CHECK(ended.out == "a\\x1b[31mb\r\n");
}

TEST_CASE("records can be selected by seq, producer and type") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  Feed other(ring, "other");
  feed.put("0");
  other.put("1", 7);
  feed.put("2", 8);
  feed.put("3", 7);
  CHECK(cat({"--seq", "1..2", ring}).out == "1\n2\n");
  CHECK(cat({"--seq", "2..", ring}).out == "2\n3\n");
  CHECK(cat({"--seq", "..1", ring}).out == "0\n1\n");
  CHECK(cat({"--seq", "1", ring}).out == "1\n");
  CHECK(cat({"-p", "other", ring}).out == "1\n");
  CHECK(cat({"-p", "0", ring}).out == "0\n2\n3\n");
  CHECK(cat({"-p", "0", "-p", "other", ring}).out == "0\n1\n2\n3\n");
  CHECK(cat({"--type", "7", ring}).out == "1\n3\n");
  CHECK(cat({"--type", "7", "--type", "8", ring}).out == "1\n2\n3\n");
  CHECK(cat({"-p", "feed-3", "--type", "7", ring}).out == "3\n");
  CHECK(cat({"-n", "2", ring}).out == "2\n3\n");
  CHECK(cat({"-n", "1", "-p", "other", ring}).out == "1\n");
  CHECK(cat({"-n", "0", ring}).out == "");
  CHECK(cat({"-c", "1", ring}).out == "0\n");
  CHECK(cat({"-c", "0", ring}).out == "");
}

TEST_CASE("following shows what comes, until the ring is closed and empty") {
  const RingName ring;
  auto segment = make_ring(ring);
  Feed feed(ring);
  feed.put("before");
  Program program(cat_words({"-f", ring}));
  program.wait_for_out("before\n");
  feed.put("after");
  program.wait_for_out("after\n");
  feed.put("last");
  REQUIRE(segment.close());
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "before\nafter\nlast\n");
  CHECK(ended.err == "");
}

TEST_CASE("following after the last N goes on with what comes") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("0");
  feed.put("1");
  Program program(cat_words({"-n", "1", "-c", "2", "-f", ring}));
  program.wait_for_out("1\n");
  feed.put("2");
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "1\n2\n");
}

TEST_CASE("SIGTERM and SIGINT end the following, and that is fine") {
  for (const int number : {SIGTERM, SIGINT}) {
    const RingName ring;
    make_ring(ring);
    Feed feed(ring);
    feed.put("x");
    Program program(cat_words({"-f", ring}));
    program.wait_for_out("x\n");
    program.signal(number);
    const Ended ended = program.finish();
    CHECK(ended.status == 0);
    CHECK(ended.err == (number == SIGINT ? "logbuf-cat: interrupted after 1 record, 1 byte; nothing lost\n" : ""));
  }
}

TEST_CASE("who follows a ring and interrupts that is told how many records were dropped there meanwhile") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096});
  auto producer = logbuf::queue::mpsc::Producer::attach(ring.str());
  REQUIRE(producer.has_value());
  const auto put = [&] {
    auto claim = producer->try_claim(1000, 0, logbuf::IfFull::drop);
    if (!claim) return false;
    std::ranges::fill(claim->bytes(), std::byte{'x'});
    claim->commit();
    return true;
  };
  Program program(cat_words({"-f", ring}));
  REQUIRE(put());
  program.wait_for_out("x\n");
  while (put()) continue;
  put();
  program.signal(SIGINT);
  CHECK(contains(program.finish().err, "; 2 records dropped at the full ring meanwhile\n"));
}

TEST_CASE("following ends quietly when the reader goes, also while nothing comes") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("x");
  const Ended ended = shell("{ CAT -f " + ring.str() + "; echo status $? >&2; } | head -n 1");
  CHECK(ended.out == "x\n");
  CHECK(ended.err == "status 0\n");
}

TEST_CASE("what the consumer took while nobody looked is said where it is missing") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("first");
  Program program(cat_words({"-f", "-c", "2", ring}));
  program.wait_for_out("first\n");
  program.signal(SIGSTOP);
  REQUIRE(waitpid(program.pid(), nullptr, WUNTRACED) == program.pid());
  for (int i = 0; i < 5; ++i) feed.put("taken");
  take_all(ring);
  feed.put("last");
  program.signal(SIGCONT);
  const Ended ended = program.finish();
  CHECK(ended.status == 0);
  CHECK(ended.out == "first\nlast\n");
  CHECK(ended.err == "-- missed 5 records --\n");
}

TEST_CASE("several rings are shown one after the other") {
  const RingName first;
  const RingName second;
  make_ring(first);
  make_ring(second);
  Feed(first).put("1");
  Feed(second).put("2");
  CHECK(cat({second, first}).out == "2\n1\n");
  CHECK(cat({"-c", "1", second, first}).out == "2\n");
}

TEST_CASE("a target that is nothing is wrong usage, and both meanings are named") {
  const Ended ended = cat({"no-such-target"});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(contains(ended.err, "neither a ring nor an archive"));
  CHECK(contains(ended.err, "no-such-target"));
  CHECK(cat({"./no-such-target"}).status == 2);
}

TEST_CASE("flags that do not go together are wrong usage") {
  for (const Words& words :
       {Words{"-f", "a", "b"}, Words{"-J", "-X", "a"}, Words{"--seq", "2..1", "a"}, Words{"--seq", "..", "a"},
        Words{"--type", "65536", "a"}, Words{"-o", "xml", "a"}, Words{"--verify", "--stats", "a"},
        Words{"--consume", "-n", "1", "a"}, Words{"--verify", "-f", "a"}}) {
    INFO("logbuf-cat ", words[0], " ", words[1]);
    const Ended ended = cat(words);
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    CHECK(contains(ended.err, "logbuf-cat: "));
    CHECK(!contains(ended.err, "neither a ring"));
  }
}

TEST_CASE("stats count records and bytes by producer and type") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring, "feed-3");
  feed.put("1234", 7);
  feed.put("12", 7);
  feed.put("123456", 8);
  const json stats = json::parse(cat({"--stats", "-J", ring}).out);
  CHECK(stats.at("records") == 3);
  CHECK(stats.at("bytes") == 12);
  REQUIRE(stats.at("producers").size() == 2);
  const json& seven = stats.at("producers")[0];
  CHECK(seven.at("name") == "feed-3");
  CHECK(seven.at("type") == 7);
  CHECK(seven.at("records") == 2);
  CHECK(seven.at("min") == 2);
  CHECK(seven.at("mean") == 3.0);
  CHECK(seven.at("max") == 4);
  CHECK(contains(cat({"--stats", ring}).out, "0 (feed-3)\n"));
}

TEST_CASE("the header of a ring has its capacity and kind") {
  const RingName ring;
  make_ring(ring, {.capacity = 8192, .kind = logbuf::Kind::spsc});
  const Ended ended = cat({"--header", ring});
  CHECK(ended.status == 0);
  CHECK(contains(ended.out, "capacity: 8192\n"));
  CHECK(contains(ended.out, "kind: spsc\n"));
  CHECK(json::parse(cat({"--header", "-J", ring}).out).at("capacity") == 8192);
}

TEST_CASE("a sound ring is said to be sound") {
  const RingName ring;
  make_ring(ring);
  Feed feed(ring);
  feed.put("x");
  const Ended ended = cat({"--verify", ring});
  CHECK(ended.status == 0);
  CHECK(contains(ended.out, "records: 1\n"));
  CHECK(contains(ended.out, "verdict: sound\n"));
}

TEST_CASE("a header that no producer stored is said where it stands, after what is before it") {
  const RingName ring;
  const auto segment = make_ring(ring);
  Feed feed(ring);
  feed.put("whole");
  feed.put("spoilt");
  const auto& info = segment.info();
  // The ring is the segment's end; the first record takes 16 bytes.
  std::fstream memory("/dev/shm/logbuf." + ring.str(), std::ios::binary | std::ios::in | std::ios::out);
  memory.seekp(static_cast<std::streamoff>(info.segment_size - info.capacity + 16));
  memory.write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  memory.close();
  for (const char* flag : {"-oraw", "-f", "-n1", "--consume"}) {
    INFO("logbuf-cat ", flag);
    const Ended ended = cat({flag, ring});
    CHECK(ended.status == 3);
    CHECK(contains(ended.out, "whole"));
    CHECK(contains(ended.err, "position 16"));
  }
  // Consuming took it, but not what is behind it.
  const Ended rest = cat({"--verify", ring});
  CHECK(rest.status == 3);
  CHECK(rest.out == "");
  CHECK(contains(rest.err, "position 16"));
}
