// When --sync makes durable, and what becomes of a sync that fails: strace counts the calls, and spoils them. The first
// fdatasync of each file comes before it has its name and its first block.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>

#include "archiver.hpp"

namespace test {
namespace {

using namespace std::chrono_literals;
using logbuf::queue::mpsc::Producer;

struct Traced {
  WithoutLeakCheck without_leak_check;
  ScratchRing ring;
  TemporaryDirectory directory;
  Producer producer = required(Producer::attach(ring.name()));
  std::unique_ptr<Program> tracer;

  // The archiver below strace; what strace sees goes to a file.
  Program start(const Lines& arguments, const std::string& spoil = "") const {
    Lines command = {"strace", "-f", "-y", "-e", "trace=fdatasync,fsync", "-o", (directory.path() / "trace").string()};
    if (!spoil.empty()) command.insert(command.end(), {"-e", "inject=fdatasync:" + spoil});
    command.insert(command.end(),
                   {path_of("LOGBUF_ARCHIVER"), "--ring", ring.name(), "--dir", directory.path().string()});
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Program(command);
  }
  // Every sync fails but the first, that of the first file before it has its name.
  Program start_failing(const Lines& arguments) {
    Program daemon = archive_ring(ring.name(), directory.path(), arguments);
    wait_until("there is an archive", [&] { return std::filesystem::exists(archive() / "LOCK"); });
    tracer = attach_strace(daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=2+", "-o",
                                          (directory.path() / "trace").string()});
    REQUIRE(tracer != nullptr);
    return daemon;
  }
  std::filesystem::path archive() const { return directory.path() / ring.name(); }
  // How often a segment file was synced so far.
  int syncs() const {
    std::ifstream in(directory.path() / "trace");
    int count = 0;
    for (std::string line; std::getline(in, line);) {
      if (line.find("fdatasync(") != std::string::npos && line.find(".open>") != std::string::npos) ++count;
    }
    return count;
  }
};

bool can_trace() {
  Program trial({"strace", "-o", "/dev/null", "true"});
  if (trial.wait() == 0) return true;
  MESSAGE("skipped: strace cannot trace here: ", trial.said());
  return false;
}

}  // namespace

TEST_CASE("a producer that waits until its record is durable goes on when the disk has it") {
  if (!can_trace()) return;
  for (const std::string policy : {"batch", "interval=1ms"}) {
    CAPTURE(policy);
    Traced s;
    Program daemon = s.start({"--sync", policy});
    int syncs = 0;
    Lines sent;
    for (int n = 0; n < 5; ++n) {
      send_durably(s.producer, sent, 1);
      CHECK(s.syncs() > syncs);
      syncs = s.syncs();
    }
    const auto archive = s.ring.status().archive;
    REQUIRE(archive.has_value());
    CHECK(archive->written_seq == 5);
    CHECK(archive->synced_seq == 5);
    CHECK(archive->synced == s.ring.status().tail);
    s.ring.close();
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  }
}

TEST_CASE("a sync that fails once costs nothing: what it was for is written to another file, and durable there") {
  if (!can_trace()) return;
  for (const std::string policy : {"batch", "interval=1ms"}) {
    // strace counts each thread's calls: with an interval, the second of the one that writes must not fail, too.
    for (const std::string& when : policy == "batch" ? Lines{"2", "3", "6"} : Lines{"1", "5"}) {
      CAPTURE(policy);
      CAPTURE(when);
      Traced s;
      Program daemon = s.start({"--sync", policy}, "error=EIO:when=" + when);
      Lines sent;
      send_durably(s.producer, sent, 10);
      s.ring.close();
      CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
      CHECK(daemon.has_said("cannot be made durable"));
      CHECK(daemon.has_said("written again to another file"));
      CHECK(contents_of(s.archive()) == sent);
      // The next one gives the failed file its end.
      Program after = s.start({"--once"});
      CHECK(after.wait() == 0);
      CHECK(contents_of(s.archive()) == sent);
    }
  }
}

TEST_CASE("a sync that fails once while files are sealed and begun costs nothing") {
  if (!can_trace()) return;
  for (const int which : {1, 2, 3, 4, 8}) {
    const std::string when = std::to_string(which);
    CAPTURE(when);
    Traced s;
    Program daemon = s.start({"--sync", "none", "--rotate-size", "8K"}, "error=EIO:when=" + when);
    Lines sent;
    for (int n = 0; n < 40; ++n) {
      sent.push_back(std::string(1000, 'x') + std::to_string(n));
      put(s.producer, sent.back());
      wait_until("it is released", [&] { return s.ring.drained(); });
    }
    s.ring.close();
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    // In turn a file's before it has its name, which is like a full disk, and that of its seal.
    CHECK(daemon.has_said(which % 2 == 1 ? "writing again" : "written again to another file"));
    CHECK(contents_of(s.archive()) == sent);
  }
}

TEST_CASE("--sync batch makes each batch durable before its space is released") {
  if (!can_trace()) return;
  Traced s;
  Program daemon = s.start({"--sync", "batch"});
  for (int n = 1; n <= 5; ++n) {
    put(s.producer, "x");
    wait_until("it is released", [&] { return s.ring.drained(); });
    CHECK(s.syncs() >= n);
  }
  s.ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

TEST_CASE("--sync none makes durable only what is sealed or left") {
  if (!can_trace()) return;
  Traced s;
  Program daemon = s.start({"--sync", "none"});
  for (int n = 1; n <= 5; ++n) {
    put(s.producer, "x");
    wait_until("it is released", [&] { return s.ring.drained(); });
  }
  CHECK(s.syncs() == 0);
  s.ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(s.syncs() == 1);
}

TEST_CASE("--sync interval makes durable what was archived although nothing more comes") {
  if (!can_trace()) return;
  Traced s;
  Program daemon = s.start({"--sync", "interval=10ms"});
  put(s.producer, "x");
  wait_until("it is durable", [&] { return s.syncs() == 1; });
  s.ring.close();
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

TEST_CASE("syncs that go on failing hold the ring; who is stopped then leaves in it what they were to make durable") {
  if (!can_trace()) return;
  Traced s;
  {
    Program daemon = s.start_failing({"--sync", "batch"});
    put(s.producer, "x");
    wait_until("it is said", [&] { return daemon.has_said("trying again every second") || !daemon.running(); });
    CHECK_MESSAGE(daemon.has_said("cannot be made durable"), daemon.said());
    CHECK_FALSE(s.ring.drained());
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 1);
    CHECK(daemon.has_said("nobody knows whether it is on the disk"));
    CHECK_FALSE(s.ring.drained());
  }
  // A successor must not find the batch in the page cache and take it for archived.
  Program after = s.start({"--sync", "batch", "--once"});
  CHECK(after.wait() == 0);
  CHECK_MESSAGE(after.has_said("1 records archived"), after.said());
  CHECK(contents_of(s.archive()) == Lines{"x"});
}

TEST_CASE("what a killed archiver had written and not synced is synced before it is released") {
  if (!can_trace()) return;
  Traced s;
  put(s.producer, "x");
  Program killed = s.start({"--sync", "batch"}, "signal=KILL:when=2");
  killed.wait();
  CHECK_FALSE(s.ring.drained());
  std::filesystem::remove(s.directory.path() / "trace");
  Program after = s.start({"--sync", "batch", "--once"});
  CHECK(after.wait() == 0);
  CHECK(s.syncs() > 0);
  CHECK(contents_of(s.archive()) == Lines{"x"});
}

TEST_CASE("a sync that fails when a file is sealed holds the ring, too, and is no full disk") {
  if (!can_trace()) return;
  Traced s;
  Program daemon = s.start_failing({"--sync", "none", "--rotate-size", "8K"});
  for (int n = 0; n < 20; ++n) put(s.producer, std::string(1000, 'x'));
  wait_until("it is said", [&] { return daemon.has_said("trying again every second") || !daemon.running(); });
  CHECK_MESSAGE(daemon.has_said("cannot be made durable"), daemon.said());
  CHECK_FALSE(s.ring.drained());
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 1);
}

TEST_CASE("a sync that a signal interrupts is tried again, and is no failure") {
  if (!can_trace()) return;
  for (const std::string policy : {"batch", "interval=1ms"}) {
    CAPTURE(policy);
    Traced s;
    Program daemon = s.start({"--sync", policy}, "error=EINTR:when=1+2");
    Lines sent;
    send_durably(s.producer, sent, 5);
    s.ring.close();
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    CHECK_FALSE(daemon.has_said("cannot be made durable"));
    CHECK(contents_of(s.archive()) == sent);
  }
}

TEST_CASE("a follower that has read what a failed sync was for sees it once, and is told of no loss") {
  if (!can_trace()) return;
  // Of the file's first block, which is all that it has; of a later one.
  for (const std::string when : {"2", "5"}) {
    CAPTURE(when);
    Traced s;
    Program daemon = archive_ring(s.ring.name(), s.directory.path(), {"--sync", "batch"});
    wait_until("there is an archive", [&] { return std::filesystem::exists(s.archive() / "LOCK"); });
    const std::filesystem::path calls = s.directory.path() / "trace";
    const auto trace = attach_strace(
        daemon.pid(),
        {"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:signal=STOP:when=" + when, "-o", calls.string()});
    if (!trace) return;
    const std::string output = (s.directory.path() / "output").string();
    Program cat({path_of("LOGBUF_CAT"), "-f", s.archive().string()},
                [&output] { ::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO); });
    std::string sent;
    const auto send = [&] {
      const std::string record = "at " + std::to_string(sent.size());
      put(s.producer, record);
      sent += record + "\n";
    };
    const auto held_up = [&] { return contents_of_file(calls).find("stopped by SIGSTOP") != std::string::npos; };
    const auto follows = [&] { return contents_of_file(output) == sent || !cat.running(); };
    while (!held_up()) {
      send();
      wait_until("it is archived, or not durable", [&] { return s.ring.drained() || held_up(); });
    }
    wait_until("the follower has read what is not durable", follows);
    // It looks again when all of it has been done.
    cat.stop();
    trace->signal(SIGTERM);
    trace->wait();
    daemon.signal(SIGCONT);
    wait_until("it is written again",
               [&] { return daemon.has_said("written again to another file") || !daemon.running(); });
    cat.signal(SIGCONT);
    for (int i = 0; i < 3; ++i) send();
    wait_until("the follower has read all", follows);
    CHECK_MESSAGE(daemon.has_said("written again to another file"), daemon.said());
    cat.signal(SIGTERM);
    CHECK(cat.wait() == 0);
    CHECK(cat.said() == "");
    CHECK(contents_of_file(output) == sent);
  }
}

}  // namespace test
