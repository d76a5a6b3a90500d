// An idle archiver sleeps, and the next record wakes it.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::channel::mpsc::Sender;

// Nanoseconds on a processor, all threads together.
std::uint64_t processor_time_ns(pid_t pid) {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::uint64_t ns = 0;
    std::ifstream(task.path() / "schedstat") >> ns;
    sum += ns;
  }
  return sum;
}

// How often its threads have gone to sleep; not the main one, which looks up whenever anybody's ring comes or goes.
std::uint64_t sleeps_of(pid_t pid) {
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    if (task.path().filename() == std::to_string(pid)) continue;
    std::ifstream file(task.path() / "status");
    for (std::string word; file >> word;) {
      std::uint64_t count = 0;
      if (word == "voluntary_ctxt_switches:" && file >> count) sum += count;
    }
  }
  return sum;
}

// The archiver, idle for long enough to be asleep in a futex.
bool asleep(const Program& daemon) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/task")) {
    std::string where;
    std::ifstream(task.path() / "wchan") >> where;
    if (where.find("futex") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a record wakes an archiver that sleeps: its producer makes one futex call") {
  const WithoutLeakCheck without_leak_check;
  const ScratchRing ring({.capacity = 65536});
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());
  Feeders feeder(ring.name(), "mpsc", "channel", 1, 1);
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  const auto feeder_calls = directory.path() / "feeder";
  const auto daemon_calls = directory.path() / "daemon";
  const auto feeder_trace = attach_strace(feeder.pid(), {"-e", "trace=futex", "-o", feeder_calls.string()});
  const auto daemon_trace = attach_strace(daemon.pid(), {"-e", "trace=futex", "-o", daemon_calls.string()});
  if (!feeder_trace || !daemon_trace) return;
  // A sleep that strace has interrupted goes on as another call: this one begins behind a record.
  Sender sender = required(Sender::attach(ring.name()));
  REQUIRE(sender.send(std::as_bytes(std::span("x", 1))));
  wait_until("the record is archived", [&] { return ring.drained(); });
  wait_until("the archiver sleeps", [&] { return asleep(daemon); });
  feeder.open_gate();
  feeder.wait();
  wait_until("the record is archived", [&] { return ring.drained(); });
  feeder_trace->wait();
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  daemon_trace->wait();
  const std::string woke = contents_of_file(feeder_calls);
  const std::string slept = contents_of_file(daemon_calls);
  CAPTURE(woke);
  CAPTURE(slept);
  CHECK(woke.find("FUTEX_WAKE") != std::string::npos);
  // A shared futex, and a wait that a wake-up ended: 0, not ETIMEDOUT.
  CHECK(slept.find("FUTEX_WAIT") != std::string::npos);
  bool woken = false;
  const std::string main_thread = std::to_string(daemon.pid()) + " ";  // waits for the other's end
  std::istringstream lines(slept);
  for (std::string line; std::getline(lines, line);) {
    const bool waited = line.find("FUTEX_WAIT") != std::string::npos || line.find("futex resumed") != std::string::npos;
    woken = woken || (waited && !line.starts_with(main_thread) && line.ends_with("= 0"));
  }
  CHECK(woken);
}

TEST_CASE("an archiver sleeps while the disk takes its time over a sync, and more waits for the next one") {
  const WithoutLeakCheck without_leak_check;
  const ScratchRing ring({.capacity = 65536});
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path(), {"--sync", "interval=1ms"});
  Sender sender = required(Sender::attach(ring.name()));
  const auto send = [&](std::uint64_t seq) {
    REQUIRE(sender.send(std::as_bytes(std::span("x", 1))));
    wait_until("it is archived", [&] {
      const auto status = ring.status();
      return status.archive && status.archive->written_seq == seq + 1;
    });
  };
  send(0);
  wait_until("it is durable", [&] { return ring.status().archive->synced_seq == 1; });
  const auto trace =
      attach_strace(daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=60000000", "-o",
                                   (directory.path() / "calls").string()});
  if (!trace) return;
  send(1);
  send(2);
  wait_until("the archiver sleeps", [&] { return asleep(daemon); });
  CHECK(ring.status().archive->synced_seq == 1);
  trace->signal(SIGINT);  // strace lets go of it
  trace->wait();
  wait_until("all is durable", [&] { return ring.status().archive->synced_seq == 3; });
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_SUITE("heavy") {
  TEST_CASE("in ten idle seconds with eight producers attached an archiver wakes for its own time-outs alone") {
    const ScratchRing ring({.capacity = 65536});
    const TemporaryDirectory directory;
    Program daemon = archive_ring(ring.name(), directory.path());
    std::vector<Sender> senders;
    for (int i = 0; i < 8; ++i) senders.push_back(required(Sender::attach(ring.name())));
    const std::string text = "x";
    for (Sender& sender : senders) REQUIRE(sender.send(std::as_bytes(std::span(text))));
    wait_until("all is archived", [&] { return ring.drained(); });
    wait_until("the archiver sleeps", [&] { return asleep(daemon); });
    wait_until("all is durable", [&] {
      const auto status = ring.status();
      return status.archive && status.archive->synced == status.tail;
    });
    const auto before = processor_time_ns(daemon.pid());
    const std::uint64_t sleeps = sleeps_of(daemon.pid());
    std::this_thread::sleep_for(std::chrono::seconds(10));
    const auto used_us = (processor_time_ns(daemon.pid()) - before) / 1000;
    std::printf("ten idle seconds: %llu us of processor time\n", static_cast<unsigned long long>(used_us));
    // A park ends after a second; first come some naps. Whoever looks every ten milliseconds wakes a thousand times.
    CHECK(sleeps_of(daemon.pid()) - sleeps < 200);
    REQUIRE(senders.front().send(std::as_bytes(std::span(text))));
    wait_until("the next record is archived", [&] { return ring.drained(); });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    CHECK(contents_of(directory.path() / ring.name()).size() == 9);
  }
}

}  // namespace test
