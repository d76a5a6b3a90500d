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
  wait_until("the archiver sleeps", [&] { return ring.has_consumer() && asleep(daemon); });
  const auto feeder_calls = directory.path() / "feeder";
  const auto daemon_calls = directory.path() / "daemon";
  const auto feeder_trace = attach_strace(feeder.pid(), {"-e", "trace=futex", "-o", feeder_calls.string()});
  const auto daemon_trace = attach_strace(daemon.pid(), {"-e", "trace=futex", "-o", daemon_calls.string()});
  if (!feeder_trace || !daemon_trace) return;
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
  std::istringstream lines(slept);
  for (std::string line; std::getline(lines, line);) {
    woken =
        woken || ((line.find("FUTEX_WAIT") != std::string::npos || line.find("futex resumed") != std::string::npos) &&
                  line.ends_with("= 0"));
  }
  CHECK(woken);
}

TEST_SUITE("heavy") {
  TEST_CASE("ten idle seconds with eight producers attached cost an archiver less than 10 ms of processor time") {
    const ScratchRing ring({.capacity = 65536});
    const TemporaryDirectory directory;
    Program daemon = archive_ring(ring.name(), directory.path());
    std::vector<Sender> senders;
    for (int i = 0; i < 8; ++i) senders.push_back(required(Sender::attach(ring.name())));
    const std::string text = "x";
    for (Sender& sender : senders) REQUIRE(sender.send(std::as_bytes(std::span(text))));
    wait_until("all is archived", [&] { return ring.drained(); });
    wait_until("the archiver sleeps", [&] { return asleep(daemon); });
    // The default --sync makes what was archived durable within a second; that is not idle yet.
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    const auto before = processor_time_ns(daemon.pid());
    std::this_thread::sleep_for(std::chrono::seconds(10));
    const auto used_us = (processor_time_ns(daemon.pid()) - before) / 1000;
    std::printf("ten idle seconds: %llu us of processor time\n", static_cast<unsigned long long>(used_us));
    CHECK(used_us < 10'000);
    REQUIRE(senders.front().send(std::as_bytes(std::span(text))));
    wait_until("the next record is archived", [&] { return ring.drained(); });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
    CHECK(contents_of(directory.path() / ring.name()).size() == 9);
  }
}

}  // namespace test
