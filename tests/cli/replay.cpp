// logbuf-replay, with real archives and real rings. How long it waits is reckoned in tests/unit/cli/pace.cpp.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "cat_support.hpp"

namespace {

using Lines = std::vector<std::string>;

Words replay_words(const Words& words) {
  Words all{LOGBUF_REPLAY};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Ended replay(const Words& words) {
  return run(replay_words(words));
}

std::string says(const std::string& sentence) {
  return "logbuf-replay: " + sentence + "\n";
}

std::uint64_t tail(const RingName& ring) {
  auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  return segment->status().tail;
}

// A replay that waits for its second record, which is due in a century.
class Waiting {
 public:
  explicit Waiting(const RingName& ring, const Words& more = {}) : archive_({"100", "4000000000"}) {
    Words words{archive_.path(), ring};
    words.insert(words.end(), more.begin(), more.end());
    program_.emplace(replay_words(words));
    program_->wait_until([&] { return tail(ring) > 0; });
  }
  Program& program() { return *program_; }

 private:
  Timed archive_;
  std::optional<Program> program_;
};

}  // namespace

TEST_CASE("payloads and types come into the ring as they were, in their order") {
  const RingName ring;
  make_ring(ring, {.capacity = 1 << 20});
  Archive archive;
  std::vector<Received> expected;
  for (std::uint16_t i = 0; i < 500; ++i) {
    std::string payload(1 + i % 97, static_cast<char>(i));
    payload[0] = static_cast<char>(i * 7);
    const auto type = static_cast<std::uint16_t>(i * 131);
    archive.append({payload}, i % 3, type);
    expected.push_back({payload, type});
  }
  const Ended ended = replay({archive.path(), ring, "--speed", "max", "-v"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  std::size_t bytes = 0;
  for (const Received& record : expected) bytes += record.bytes.size();
  CHECK(ended.err == says("500 records written to ring '" + ring.str() + "', " + std::to_string(bytes) + " bytes"));
  const auto received = receive(ring);
  REQUIRE(received.size() == expected.size());
  for (std::size_t i = 0; i < received.size(); ++i) {
    CAPTURE(i);
    CHECK(received[i].bytes == expected[i].bytes);
    CHECK(received[i].type == expected[i].type);
  }
}

TEST_CASE("one file of an archive is replayed alone, and a ring of kind spsc takes it as well") {
  const RingName ring;
  make_ring(ring, {.capacity = 4096, .kind = logbuf::Kind::spsc});
  Archive archive;
  archive.append({"a", "b"});
  archive.seal();
  archive.append({"c"});
  REQUIRE(archive.files().size() == 2);
  CHECK(replay({archive.files().at(1), ring, "--speed=max"}).err == "");
  CHECK(receive_bytes(ring) == Lines{"c"});
}

TEST_CASE("a loop puts all of it again, from the first record on") {
  const RingName ring;
  make_ring(ring);
  const Timed archive({"100", "100", "101"});
  const Ended ended = replay({archive.path(), ring, "--speed", "1000000", "--loop", "3"});
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK(receive_bytes(ring) == Lines{"100", "100", "101", "100", "100", "101", "100", "100", "101"});
}

TEST_CASE("a loop without an end goes on until it is interrupted, and ends in good order") {
  const RingName ring;
  make_ring(ring, {.capacity = 1 << 16});
  const Timed archive({"1", "2"});
  Program program(replay_words({archive.path(), ring, "--speed", "max", "--loop", "0"}));
  const auto some = receive_bytes(ring, 50'000);
  for (std::size_t i = 0; i < some.size(); ++i) REQUIRE(some[i] == (i % 2 == 0 ? "1" : "2"));
  program.wait_for_err("waiting for one\n");  // full again
  program.signal(SIGINT);
  const Ended ended = program.wait();
  CHECK(ended.status == 3);
  CHECK(contains(ended.err, "stopped while ring '" + ring.str() + "' was full: "));
}

TEST_CASE("a loop that never waits is interrupted as well") {
  const RingName ring;
  make_ring(ring);
  const Timed archive({"1", "2"});
  Program program(replay_words({archive.path(), ring, "--speed", "max", "--loop", "0", "--on-full", "drop"}));
  auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  program.wait_until([&] { return segment->status().total_refused > 0; });
  program.signal(SIGINT);
  const Ended ended = program.wait();
  CHECK(ended.status == 3);
  CHECK(contains(ended.err, "logbuf-replay: stopped by a signal before seq "));
}

TEST_CASE("a replay that wants few records or none looks for a signal while it reads the others") {
  Archive archive(true);
  archive.at(200 * second_ns);
  archive.append(Lines(1'000, "x"));
  for (const Words& wanted : {Words{"--type", "9"}, Words{"--until", "@100"}, Words{"--seq", "600..", "-p", "1"}}) {
    CAPTURE(wanted[0]);
    const RingName ring;
    make_ring(ring);
    // There already when it begins to read: blocked signals stay pending over an exec.
    Words words{"env", "--block-signal=TERM", "sh", "-c", "kill -TERM $$; exec \"$@\"", "sh"};
    for (const std::string& word : replay_words({archive.path(), ring, "--speed", "max"})) words.push_back(word);
    words.insert(words.end(), wanted.begin(), wanted.end());
    const Ended ended = run(words);
    CHECK(ended.status == 0);
    CHECK(ended.err == says("stopped by a signal before seq " + std::string(wanted.size() == 4 ? "600" : "0") +
                            "; 0 records written to ring '" + ring.str() + "', 0 bytes"));
  }
}

TEST_CASE("what is wanted is chosen by time, seq, producer and type") {
  const Timed archive({"100", "200", "300", "400"});
  const auto put = [&](const Words& more) {
    const RingName ring;
    make_ring(ring);
    Words words{archive.path(), ring, "--speed", "max"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = replay(words);
    CHECK(ended.err == "");
    CHECK(ended.status == 0);
    return receive_bytes(ring);
  };
  CHECK(put({"--since", "@200", "--until", "@400"}) == Lines{"200", "300"});
  CHECK(put({"--since", "1970-01-01T00:05", "--utc"}) == Lines{"300", "400"});
  CHECK(put({"--seq", "1..2"}) == Lines{"200", "300"});
  CHECK(put({"--loop", "2", "--seq", "3.."}) == Lines{"400", "400"});

  const RingName ring;
  make_ring(ring);
  Archive mixed;
  mixed.name_producer(1, "feed");
  mixed.append({"a"}, 0, 7);
  mixed.append({"b"}, 1, 7);
  mixed.append({"c"}, 1, 8);
  const Ended ended = replay({mixed.path(), ring, "--speed", "max", "-p", "feed", "-p", "fead", "--type", "8"});
  CHECK(ended.status == 0);
  CHECK(ended.err == says("no record of producer 'fead' was seen: --producer takes a slot or a name, and logbuf-cat "
                          "--stats lists both"));
  CHECK(receive_bytes(ring) == Lines{"c"});
}

TEST_CASE("a loop ends where there is nothing to put") {
  const RingName ring;
  make_ring(ring);
  const Timed archive({"100"});
  CHECK(replay({archive.path(), ring, "--seq", "5..", "--loop", "0"}).status == 0);
  CHECK(receive_bytes(ring).empty());
}

TEST_CASE("what comes into the archive meanwhile is not replayed") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  const Lines payloads(10, std::string(1000, 'x'));
  archive.append(payloads);
  Program program(replay_words({archive.path(), ring, "--speed", "max"}));
  program.wait_for_err("waiting for one\n");
  archive.append({"meanwhile"});
  CHECK(receive_bytes(ring, payloads.size()) == payloads);
  CHECK(program.finish().status == 0);
  CHECK(receive_bytes(ring).empty());
}

TEST_CASE("the records of a block without times of their own come at once, and how precise that is is said") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append({"a", "b", "c"});
  const Ended one = replay({archive.path(), ring});
  CHECK(one.status == 0);
  CHECK(one.err == says(archive.path() + ": records have no times of their own: each goes by the time at which its "
                                         "block came into the archive, all of a block at once"));
  archive.append({"d", "e", "f", "g", "h"});
  const Ended two = replay({archive.path(), ring, "--speed", "1000000"});
  CHECK(contains(two.err, "all of a block at once (on average 4 records, every "));
  CHECK(replay({archive.path(), ring, "--speed", "max"}).err == "");
  CHECK(receive_bytes(ring).size() == 3 + 8 + 8);
}

TEST_CASE("while it waits for a record's time a signal ends it, and it says where it stood") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const RingName ring;
    make_ring(ring);
    Waiting waiting(ring);
    waiting.program().wait_for_err("--max-pause shortens it\n");
    waiting.program().signal(signal);
    const Ended ended = waiting.program().wait();
    CHECK(ended.status == 0);
    CHECK(ended.err ==
          says("the next record, seq 1, is due in 126 years: --max-pause shortens it") +
              says("stopped by a signal before seq 1; 1 record written to ring '" + ring.str() + "', 3 bytes"));
    CHECK(receive_bytes(ring) == Lines{"100"});
  }
}

TEST_CASE("a long pause is cut by --max-pause") {
  const RingName ring;
  make_ring(ring);
  const Timed archive({"100", "4000000000"});
  CHECK(replay({archive.path(), ring, "--max-pause", "1us"}).status == 0);
  CHECK(receive_bytes(ring) == Lines{"100", "4000000000"});
}

TEST_CASE("at a full ring without a consumer it waits, until a signal ends it") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append(Lines(10, std::string(1000, 'x')));
  Program program(replay_words({archive.path(), ring, "--speed", "max"}));
  program.wait_for_err("is full and has no consumer: waiting for one\n");
  program.signal(SIGTERM);
  const Ended ended = program.wait();
  CHECK(ended.status == 3);
  const std::string written = std::to_string(receive(ring).size());
  CHECK(contains(ended.err, says("stopped while ring '" + ring.str() + "' was full: " + archive.path() + ", seq " +
                                 written + " and what follows is not written; " + written + " records written")));
}

TEST_CASE("at a full ring records are dropped, if that is wanted, and counted") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append(Lines(10, std::string(1000, 'x')));
  const Ended ended = replay({archive.path(), ring, "--speed", "max", "--on-full", "drop"});
  const std::size_t written = receive(ring).size();
  CHECK(written < 10);
  CHECK(ended.status == 3);
  CHECK(ended.err == says(std::to_string(10 - written) + " records dropped, ring '" + ring.str() + "' was full; " +
                          std::to_string(written) + " records written"));
}

TEST_CASE("a ring that is closed meanwhile ends it") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append(Lines(10, std::string(1000, 'x')));
  Program program(replay_words({archive.path(), ring, "--speed", "max"}));
  program.wait_for_err("waiting for one\n");
  auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  segment->close();
  const Ended ended = program.wait();
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "ring '" + ring.str() + "' has been closed; "));
}

TEST_CASE("records larger than the ring takes are named and left out, and the rest goes on") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append({"a", std::string(3000, 'x'), "b"});
  const Ended ended = replay({archive.path(), ring, "--speed", "max"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, archive.path() + ", seq 1 has 3000 bytes: ring"));
  CHECK(receive_bytes(ring) == Lines{"a", "b"});
}

TEST_CASE("a gap and damage are told in their place, once however often it is replayed, and the exit code is 3") {
  const RingName ring;
  make_ring(ring);
  Archive archive;
  archive.append({"one"});
  archive.append_gap(3, "released unread");
  archive.append({"two"});
  archive.append({"damaged here"});
  archive.append({"three"});
  archive.damage("damaged here");
  const Ended ended = replay({archive.path(), ring, "--speed", "max", "--loop", "2"});
  CHECK(ended.status == 3);
  CHECK(ended.err.starts_with("-- lost 3 records, released unread --\n-- lost 1 record, "));
  CHECK(contains(ended.err, "\nlogbuf-replay: " + archive.path() + ": lost 4 records in 2 gaps, "));
  CHECK(std::ranges::count(ended.err, '\n') == 3);
  CHECK(replay({archive.path(), ring, "--speed", "max"}).err == ended.err);
  const Lines once{"one", "two", "three"};
  Lines thrice;
  for (int time = 0; time < 3; ++time) thrice.insert(thrice.end(), once.begin(), once.end());
  CHECK(receive_bytes(ring) == thrice);
}

TEST_CASE("the ring is made if it is not there, and records may get times anew") {
  const RingName ring;
  const Timed archive({"100"});
  CHECK(replay({archive.path(), ring}).status == 2);
  const Words made{archive.path(), ring, "--create", "--capacity", "64K", "--kind", "spsc", "--timestamps"};
  CHECK(replay(made).err == "");
  auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  CHECK(segment->info().capacity == 64 << 10);
  CHECK(segment->info().timestamps);
  CHECK(segment->info().kind == logbuf::Kind::spsc);
}

TEST_CASE("the ring knows the producer by the name that was given") {
  const RingName ring;
  make_ring(ring);
  const Waiting waiting(ring, {"--name", "again"});
  auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  const auto producers = segment->status().producers;
  REQUIRE(producers.size() == 1);
  CHECK(producers[0].name == "again");
}

TEST_CASE("wrong usage is said, and no ring is made for it") {
  const RingName ring;
  const Timed archive({"100"});
  const auto refused = [&](const Words& more) {
    Words words{archive.path(), ring, "--create"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = replay(words);
    CHECK(ended.status == 2);
    CHECK_FALSE(logbuf::Segment::open(ring.str()).has_value());
    return ended.err;
  };
  for (const char* const speed : {"0", "-1", "1e3", "fast", "", "nan", "1000001", "0.0000001"}) {
    CAPTURE(speed);
    CHECK(contains(refused({"--speed=" + std::string(speed)}), "--speed"));
  }
  CHECK(contains(refused({"--speed", "max", "--max-pause", "1s"}), "--max-pause is for a replay with pauses"));
  CHECK(contains(refused({"--since", "@2", "--until", "@1"}), "--since is later than --until"));
  CHECK(contains(refused({"--on-full", "explode"}), "is neither wait nor drop"));
  CHECK(contains(refused({"--type", "65536"}), "more than 65535"));
  CHECK(replay({"/nowhere/at/all", ring, "--create"}).status == 2);
  CHECK_FALSE(logbuf::Segment::open(ring.str()).has_value());
}
