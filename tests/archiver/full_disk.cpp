// A disk that refuses: the ring holds what comes, and what was held is archived when there is room.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

// For a child: a disk of its own at `path`, in a mount namespace of its own; exit code 77 where that cannot be.
void mount_disk(const std::string& path, const char* size) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", path.c_str(), "tmpfs", 0, size) != 0) {
    ::_exit(77);
  }
}

// False: there can be no such disk here.
bool attaches(const ScratchRing& ring, Program& daemon) {
  wait_until("the archiver attaches", [&] { return ring.has_consumer() || !daemon.running(); });
  if (daemon.running() || daemon.wait() != 77) return true;
  MESSAGE("skipped: no file system can be mounted here");
  return false;
}

// Archives a ring onto a disk of one MiB, which grows when the archiver has said that it is full.
void fill_and_make_room(const Lines& arguments) {
  const ScratchRing ring({.capacity = std::size_t{1} << 20});
  const TemporaryDirectory directory;
  const std::string disk = directory.path().string();
  Program daemon = archive_ring(ring.name(), directory.path(), arguments, [&disk] { mount_disk(disk, "size=1M"); });
  if (!attaches(ring, daemon)) return;
  const std::string there = "/proc/" + std::to_string(daemon.pid()) + "/root" + disk;
  auto producer = required(Producer::attach(ring.name()));
  const auto sent = [](int n) { return std::string(8000, static_cast<char>('a' + n % 26)) + std::to_string(n); };
  int n = 0;
  const auto send_one = [&] {
    const std::string payload = sent(n);
    auto claim = producer.try_claim(payload.size());
    if (!claim) return false;
    std::ranges::copy(std::as_bytes(std::span(payload)), claim->bytes().begin());
    claim->commit();
    producer.notify();
    ++n;
    return true;
  };
  while (!daemon.has_said("the ring holds what comes")) {
    REQUIRE(daemon.running());
    if (!send_one()) ::usleep(1000);
  }
  while (send_one()) {
  }
  CHECK(producer.try_claim(8000).error() == logbuf::ClaimError::full);
  CHECK(daemon.running());
  // The disk grows.
  Program grower(
      {"nsenter", "--mount", "--target", std::to_string(daemon.pid()), "mount", "-o", "remount,size=64M", disk});
  REQUIRE_MESSAGE(grower.wait() == 0, grower.said());
  wait_until("the ring is drained", [&] { return ring.drained(); });
  CHECK(daemon.has_said("writing again"));
  Lines all;
  for (int i = 0; i < n; ++i) all.push_back(sent(i));
  CHECK(contents_of(there + "/" + ring.name()) == all);
  CHECK(ring.status().total_records == static_cast<std::uint64_t>(n));
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  const std::string said = daemon.said();
  CHECK(said.find("the ring holds what comes") == said.rfind("the ring holds what comes"));
}

}  // namespace

TEST_CASE("a full disk holds the ring, is said once, and the archiver goes on by itself when there is room") {
  fill_and_make_room({});
}
TEST_CASE("a full disk holds the ring with --sync batch and small files, too") {
  fill_and_make_room({"--sync", "batch", "--rotate-size", "128K"});
}

TEST_CASE("--min-free removes the oldest files of a disk that others have filled, and the waiting ring is drained") {
  const ScratchRing ring({.capacity = std::size_t{1} << 20});
  const TemporaryDirectory directory;
  const std::string disk = directory.path().string();
  Program daemon = archive_ring(ring.name(), directory.path(), {"--rotate-size", "128K", "--min-free", "256K"},
                                [&disk] { mount_disk(disk, "size=2M"); });
  if (!attaches(ring, daemon)) return;
  const fs::path there = "/proc/" + std::to_string(daemon.pid()) + "/root" + disk;
  auto producer = required(Producer::attach(ring.name()));
  Lines sent;
  const auto send = [&](int records) {
    for (int i = 0; i < records; ++i) {
      sent.push_back(std::string(8000, 'x') + std::to_string(sent.size()));
      put(producer, sent.back());
    }
    wait_until("the ring is drained", [&] { return ring.drained() || !daemon.running(); });
    REQUIRE(daemon.running());
  };
  send(100);
  CHECK_FALSE(daemon.has_said("removed"));
  {
    std::ofstream ballast(there / "ballast", std::ios::binary);
    const std::string page(4096, 'b');
    while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
  }
  send(60);
  CHECK(daemon.has_said("): less than 256K is free on the disk"));
  const Lines left = contents_of(there / ring.name());
  REQUIRE(left.size() > 16);  // a file's
  REQUIRE(left.size() < sent.size());
  CHECK(std::equal(left.rbegin(), left.rend(), sent.rbegin()));
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

TEST_CASE("an archiver that is stopped at a full disk leaves the rest in the ring, for the next one") {
  const ScratchRing ring({.capacity = std::size_t{1} << 20});
  const TemporaryDirectory directory;
  auto producer = required(Producer::attach(ring.name()));
  Lines sent;
  for (int i = 0; i < 60; ++i) {
    sent.push_back(std::string(8000, static_cast<char>('a' + i % 26)) + std::to_string(i));
    put(producer, sent.back());
  }
  {
    Program daemon = archive_ring(ring.name(), directory.path(), {}, [] {
      const rlimit limit = {.rlim_cur = 200'000, .rlim_max = RLIM_INFINITY};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, SIG_IGN);
    });
    wait_until("the disk is full", [&] { return daemon.has_said("the ring holds what comes"); });
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 1);
    CHECK(daemon.has_said("the rest stays in the ring"));
  }
  CHECK_FALSE(ring.drained());
  Program daemon = archive_ring(ring.name(), directory.path(), {"--once"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(directory.path() / ring.name()) == sent);
}

}  // namespace test
