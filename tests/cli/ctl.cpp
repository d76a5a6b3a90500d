#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "ctl_support.hpp"

using Json = nlohmann::json;
using logbuf::Kind;

TEST_CASE("create makes the ring that is asked for, and says nothing") {
  const RingName ring;
  const Ended ended = ctl({"create", ring, "--capacity", "64K", "--producers", "7", "--mode", "0640", "--group",
                           std::to_string(getgid()), "--timestamps"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "");
  CHECK(ended.err == "");
  const auto segment = logbuf::Segment::open(ring.str());
  REQUIRE(segment.has_value());
  CHECK(segment->info().capacity == 65536);
  CHECK(segment->info().kind == Kind::mpsc);
  CHECK(segment->info().max_producers == 7);
  CHECK(segment->info().timestamps);
  struct stat status{};
  REQUIRE(stat(("/dev/shm/logbuf." + ring.str()).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("create makes rings of kind spsc") {
  const RingName ring;
  CHECK(ctl({"create", ring, "--capacity", "4K", "--kind", "spsc"}).status == 0);
  CHECK(logbuf::Segment::open(ring.str())->info().kind == Kind::spsc);
}

TEST_CASE("create refuses what cannot be, with exit code 2") {
  const RingName ring;
  for (const auto& [words, what] : std::vector<std::pair<Words, std::string>>{
           {{"create"}, "NAME is missing"},
           {{"create", "a/b"}, "'a/b' cannot be a ring's name"},
           {{"create", ring, "--capacity", "5000"}, "a capacity of 5000 bytes cannot be"},
           {{"create", ring, "--kind", "x"}, "--kind: 'x' is no kind of ring: give mpsc or spsc"},
           {{"create", ring, "--producers", "0"}, "a ring has room for 1 to 4096 producers, not 0"},
           {{"create", ring, "--producers", "4294967297"}, "a ring has room for 1 to 4096 producers"},
           {{"create", ring, "--kind", "spsc", "--producers", "2"}, "an spsc ring has one producer"},
           {{"create", ring, "--mode", "0689"}, "--mode: '0689' is no mode: give octal digits"},
           {{"create", ring, "--mode", "0400"}, "a ring's mode is 0600 to 0777"},
           {{"create", ring, "--group", "no-such-group"}, "there is no group 'no-such-group'"}}) {
    CAPTURE(what);
    const Ended ended = ctl(words);
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, what));
    CHECK_FALSE(exists(ring));
  }
}

TEST_CASE("create refuses a name that is taken, and leaves that ring as it is") {
  const RingName ring;
  make_ring(ring);
  send(ring, "kept");
  const Ended ended = ctl({"create", ring});
  CHECK(ended.status == 2);
  CHECK(ended.err == says("ring '" + ring.str() + "' exists already (see logbuf-ctl inspect)"));
  CHECK(receive_bytes(ring) == Words{"kept"});
}

TEST_CASE("every command that takes a name says when there is no such ring, with exit code 2") {
  const RingName ring;
  for (const char* const command : {"inspect", "close", "rm"}) {
    CAPTURE(command);
    const Ended ended = ctl({command, ring});
    CHECK(ended.status == 2);
    CHECK(contains(ended.err, "there is no ring '" + ring.str() + "'"));
    CHECK(ctl({command, "a/b"}).status == 2);
    CHECK(ctl({command}).status == 2);
  }
  CHECK(ctl({"rm", ring, "--force"}).status == 2);
}

TEST_CASE("ls shows rings in a table, and those that cannot be opened with the reason") {
  const RingName ring;
  const RingName junk;
  make_ring(ring);
  make_junk(junk);
  send(ring, std::string(1016, 'x'));
  const Ended ended = ctl({"ls"});
  CHECK(ended.status == 0);
  CHECK(ended.out.starts_with("NAME"));
  std::istringstream lines(ended.out);
  std::string listed;
  std::string damaged;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(ring.str() + ' ')) listed = line;
    if (line.starts_with(junk.str() + ' ')) damaged = line;
  }
  std::istringstream words(listed);
  const Words cells{std::istream_iterator<std::string>(words), {}};
  CHECK(cells == Words{ring, "mpsc", "4K", "25%", "1", "0", "-", "open"});
  CHECK(contains(damaged, "cannot be opened: ring '" + junk.str() + "': its segment has 9 bytes"));
}

TEST_CASE("ls --json has an object for each ring") {
  const RingName ring;
  const RingName junk;
  make_ring(ring);
  make_junk(junk, 8192);
  const Json rings = Json::parse(ctl({"ls", "--json"}).out);
  int found = 0;
  for (const Json& each : rings) {
    if (each["name"] == ring.str()) {
      ++found;
      CHECK(each["capacity_bytes"] == 4096);
      CHECK(each["state"] == "open");
    }
    if (each["name"] == junk.str()) {
      ++found;
      CHECK(contains(each["error"].get<std::string>(), "is no ring"));
    }
  }
  CHECK(found == 2);
}

TEST_CASE("inspect --json says everything about a ring") {
  const RingName ring;
  make_ring(ring);
  auto sender = logbuf::channel::mpsc::Sender::attach(ring.str(), {.name = "feed"});
  REQUIRE(sender.has_value());
  const auto consumer = logbuf::Consumer::attach(ring.str(), {.name = "reader"});
  REQUIRE(consumer.has_value());
  REQUIRE(sender->send(std::as_bytes(std::span("12345", 5))).has_value());
  CHECK(sender->try_send(4096).error() == logbuf::SendError::too_large);
  sender->try_send(100)->abort();

  const Ended ended = ctl({"inspect", ring, "--json"});
  CHECK(ended.status == 0);
  const Json json = Json::parse(ended.out);
  CHECK(json["name"] == ring.str());
  CHECK(json["state"] == "open");
  CHECK(json["kind"] == "mpsc");
  CHECK(json["capacity_bytes"] == 4096);
  CHECK(json["max_record_bytes"] == 2040);
  CHECK(json["max_producers"] == 64);
  CHECK(json["timestamps"] == false);
  CHECK(json["layout_version"] == 1);
  CHECK(json["uuid"].get<std::string>().size() == 36);
  CHECK(json["creator_pid"] == getpid());
  CHECK(json["tail"] == 16 + 112);
  CHECK(json["consumed"] == 0);
  CHECK(json["head"] == 0);
  CHECK(json["fill_bytes"] == 16 + 112);
  CHECK(json["fill_percent"] == 3.1);
  CHECK(json["waiting_records"] == 1);
  CHECK(json["quarantine"] == nullptr);
  CHECK(json["consumer"]["name"] == "reader");
  CHECK(json["consumer"]["pid"] == getpid());
  CHECK(json["consumer"]["alive"] == true);
  REQUIRE(json["producers"].size() == 1);
  const Json& producer = json["producers"][0];
  CHECK(producer["slot"] == 0);
  CHECK(producer["name"] == "feed");
  CHECK(producer["alive"] == true);
  CHECK(producer["records"] == 1);
  CHECK(producer["bytes"] == 5);
  CHECK(producer["refused"] == 0);
  CHECK(producer["aborted"] == 1);
  CHECK(json["totals"]["records"] == 1);
  CHECK(json["totals"]["producers_attached"] == 1);
  CHECK(json["totals"]["consumers_attached"] == 1);
}

TEST_CASE("inspect says the same in words") {
  const RingName ring;
  make_ring(ring);
  const auto sender = logbuf::channel::mpsc::Sender::attach(ring.str(), {.name = "feed\n"});
  const Ended ended = ctl({"inspect", ring});
  CHECK(ended.status == 0);
  for (const std::string& part :
       {"ring:            " + ring.str() + "\n", std::string("state:           open\n"),
        std::string("capacity:        4K (4096 bytes)\n"), std::string("largest record:  2K (2040 bytes)\n"),
        std::string("consumer:        none; 0 ever\n"), std::string("producers:       1 of 64 attached, 1 ever\n"),
        "'feed\\x0a', pid " + std::to_string(getpid()) + ", alive, since "}) {
    CAPTURE(part);
    CHECK(contains(ended.out, part));
  }
}

TEST_CASE("inspect says one record as one") {
  const RingName ring;
  make_ring(ring);
  Program writer({LOGBUF_WRITE, ring, "--tee"});
  writer.input("x\n");
  writer.wait_for_out("x\n");
  const std::string text = ctl({"inspect", ring}).out;
  CHECK(contains(text, "waiting:         1 record, "));
  CHECK(contains(text, "totals:          1 record, 1 byte, 0 refused"));
  CHECK(contains(text, "; 1 record, 1 byte, 0 refused"));
}

TEST_CASE("a producer that died attached is shown as dead, and does not keep the ring") {
  const RingName ring;
  make_ring(ring);
  Program writer({LOGBUF_WRITE, ring, "--name", "victim", "--tee"});
  writer.input("a\n");
  writer.wait_for_out("a\n");
  CHECK(receive_bytes(ring, 1) == Words{"a"});
  writer.signal(SIGKILL);
  CHECK(writer.wait().status == 128 + SIGKILL);
  const Json json = Json::parse(ctl({"inspect", ring, "--json"}).out);
  REQUIRE(json["producers"].size() == 1);
  CHECK(json["producers"][0]["alive"] == false);
  CHECK(contains(ctl({"inspect", ring}).out,
                 "'victim', pid " + std::to_string(json["producers"][0]["pid"].get<int>()) + ", dead"));
  CHECK(ctl({"rm", ring}).status == 0);
}

TEST_CASE("close disconnects producers, keeps what is there, and may be said twice") {
  const RingName ring;
  make_ring(ring);
  auto sender = logbuf::channel::mpsc::Sender::attach(ring.str());
  REQUIRE(sender->send(std::as_bytes(std::span("kept", 4))).has_value());
  CHECK(ctl({"close", ring}).status == 0);
  CHECK(sender->try_send(1).error() == logbuf::SendError::disconnected);
  CHECK(ctl({"close", ring}).status == 0);
  CHECK(Json::parse(ctl({"inspect", ring, "--json"}).out)["state"] == "closed");
  CHECK(receive_bytes(ring) == Words{"kept"});
}

TEST_CASE("a command that does not exist is exit code 2") {
  const Ended ended = ctl({"remove"});
  CHECK(ended.status == 2);
  CHECK(ended.err == "logbuf-ctl: there is no command 'remove' (try --help)\n");
  CHECK(ctl({}).status == 2);
  CHECK(ctl({"inspect", "x", "--foo"}).status == 2);
}
