// How an archiver that is told to stop, or that has nothing more to do, ends: all that is committed is archived.
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;

bool sealed(const std::filesystem::path& archive) {
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(archive)) {
    if (entry.path().extension() == ".open") return false;
    any = any || entry.path().extension() == ".seg";
  }
  return any;
}

struct Setting {
  ScratchRing ring;
  TemporaryDirectory directory;
  Producer producer = required(Producer::attach(ring.name()));

  std::filesystem::path archive() const { return directory.path() / ring.name(); }
  Program start(const std::vector<std::string>& arguments = {}) {
    return archive_ring(ring.name(), directory.path(), arguments);
  }
  void wait_until_drained() {
    wait_until("the ring is drained", [this] { return ring.drained(); });
  }
};

}  // namespace

TEST_CASE("what is damaged after an archiver was stopped is damage, also at the end, and the next one says so") {
  Setting s;
  Program daemon = s.start();
  for (const char* const text : {"first", "second"}) {
    put(s.producer, text);
    s.wait_until_drained();
  }
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  const auto file = files_with(s.archive(), ".open").at(0);
  const std::string whole = contents_of_file(file);
  std::fstream(file, std::ios::in | std::ios::out).seekp(static_cast<std::streamoff>(whole.rfind("second"))).put('S');
  const auto verified = required(logbuf::archive::verify(s.archive(), {}));
  CHECK_FALSE(verified.is_sound());
  CHECK(verified.totals.lost == 1);
  put(s.producer, "third");
  Program next = s.start({"--once"});
  CHECK(next.wait() == 0);
  CHECK_MESSAGE(next.has_said("damaged bytes, which stay in it"), next.said());
  const Lines left = contents_of(s.archive());
  REQUIRE(left.size() == 3);  // a gap between the two
  CHECK(left.front() == "first");
  CHECK(left.back() == "third");
}

TEST_CASE("SIGTERM and SIGINT archive what was committed before them, and exit with 0") {
  for (const int number : {SIGTERM, SIGINT}) {
    Setting s;
    Program daemon = s.start();
    wait_until("the archiver attaches", [&] { return s.ring.has_consumer(); });
    Lines sent;
    for (int i = 0; i < 100; ++i) {
      sent.push_back("record " + std::to_string(i));
      put(s.producer, sent.back());
    }
    daemon.signal(number);
    CHECK(daemon.wait() == 0);
    CHECK(contents_of(s.archive()) == sent);
    CHECK(s.ring.drained());
  }
}

TEST_CASE("SIGTERM waits for a claim that another record stands behind") {
  Setting s;
  Producer other = required(s.producer.clone());
  Program daemon = s.start();
  wait_until("the archiver attaches", [&] { return s.ring.has_consumer(); });
  auto open = s.producer.try_claim(2);
  REQUIRE(open.has_value());
  put(other, "behind");
  daemon.signal(SIGTERM);
  // Given the chance, an archiver that does not wait ends now.
  for (int i = 0; i < 50 && daemon.running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::ranges::copy(std::as_bytes(std::span("ab", 2)), open->bytes().begin());
  open->commit();
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(s.archive()) == Lines{"ab", "behind"});
}

TEST_CASE("SIGTERM does not wait for ever for a claim that nobody finishes") {
  Setting s;
  Program daemon = s.start();
  put(s.producer, "before");
  auto open = s.producer.try_claim(2);
  REQUIRE(open.has_value());
  wait_until("what is before it is archived", [&] { return s.ring.status().records_consumed == 1; });
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(daemon.has_said("the claim at position 16 is not finished; 16 bytes from there on stay in the ring"));
  CHECK(contents_of(s.archive()) == Lines{"before"});
  open->commit();
}

TEST_CASE("--once archives what is there, seals it, and exits with 0") {
  Setting s;
  put(s.producer, "a");
  put(s.producer, "b");
  Program daemon = s.start({"--once"});
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(s.archive()) == Lines{"a", "b"});
  CHECK(sealed(s.archive()));
}

TEST_CASE("--once at an empty ring exits with 0") {
  Setting s;
  Program daemon = s.start({"--once"});
  CHECK(daemon.wait() == 0);
}

TEST_CASE("--once ends although producers go on") {
  ScratchRing ring({.capacity = 65536});
  const TemporaryDirectory directory;
  Feeders feeders(ring.name(), "mpsc", "queue", 2, 1'000'000'000);
  feeders.open_gate();
  wait_until("the ring is full", [&] { return ring.status().tail > 32768; });
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(directory.path() / ring.name()).size() > 100);
}

TEST_CASE("--until-idle exits with 0 once nothing has come for so long") {
  Setting s;
  put(s.producer, "a");
  Program daemon = s.start({"--until-idle", "50ms"});
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(s.archive()) == Lines{"a"});
  CHECK(sealed(s.archive()));
}

TEST_CASE("a closed ring is drained and sealed, and the archiver exits with 0") {
  Setting s;
  put(s.producer, "a");
  s.ring.close();
  Program daemon = s.start();
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(s.archive()) == Lines{"a"});
  CHECK(sealed(s.archive()));
}

TEST_CASE("an archiver that sleeps notices that its ring is closed") {
  Setting s;
  Program daemon = s.start();
  wait_until("the archiver attaches", [&] { return s.ring.has_consumer(); });
  s.ring.close();
  CHECK(daemon.wait() == 0);
}

TEST_CASE("SIGUSR2 seals the file in use, and what comes next goes into another") {
  Setting s;
  Program daemon = s.start();
  put(s.producer, "a");
  s.wait_until_drained();
  CHECK_FALSE(sealed(s.archive()));
  daemon.signal(SIGUSR2);
  wait_until("the file is sealed", [&] { return sealed(s.archive()); });
  put(s.producer, "b");
  s.wait_until_drained();
  CHECK_FALSE(sealed(s.archive()));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(s.archive()) == Lines{"a", "b"});
}

TEST_CASE("SIGUSR1, which other daemons take for something, does not end an archiver") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());
  wait_until("it drains", [&] { return ring.has_consumer(); });
  daemon.signal(SIGUSR1);
  auto producer = required(logbuf::queue::mpsc::Producer::attach(ring.name()));
  put(producer, "x");
  wait_until("it is archived", [&] { return ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("SIGHUP does not end an archiver") {
  Setting s;
  Program daemon = s.start();
  wait_until("the archiver attaches", [&] { return s.ring.has_consumer(); });
  daemon.signal(SIGHUP);
  wait_until("it has said so", [&] { return daemon.has_said("no configuration file"); });
  put(s.producer, "a");
  s.wait_until_drained();
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("--rotate-size makes a file for each so many bytes") {
  Setting s;
  Program daemon = s.start({"--rotate-size", "16K", "--sync", "none"});
  const std::string payload(1000, 'x');
  for (int i = 0; i < 100; ++i) {
    auto claim = s.producer.try_claim(payload.size());
    REQUIRE(claim.has_value());
    claim->commit();
    s.wait_until_drained();
  }
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  std::uint64_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(s.archive())) {
    if (entry.path().extension() != ".seg" && entry.path().extension() != ".open") continue;
    ++files;
    CHECK(entry.file_size() <= 16384);
  }
  CHECK(files >= 7);
  CHECK(contents_of(s.archive()).size() == 100);
}

}  // namespace test
