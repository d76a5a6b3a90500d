// A disk that refuses: the ring holds what comes, and what was held is archived when there is room.
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "archiver.hpp"
#include "disk.hpp"

namespace test {
namespace {

using logbuf::ClaimError;
using logbuf::IfFull;
using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

// For a child: a disk of its own at `path`, in a mount namespace of its own; exit code 77 where that cannot be.
void mount_disk(const std::string& path, const char* size) {
  if (!enter_own_mounts() || ::mount("none", path.c_str(), "tmpfs", 0, size) != 0) ::_exit(77);
}

// False: there can be no such disk here.
bool attaches(const ScratchRing& ring, Program& daemon) {
  wait_until("the archiver attaches", [&] { return ring.has_consumer() || !daemon.running(); });
  if (daemon.running() || daemon.wait() != 77) return true;
  MESSAGE("skipped: no file system can be mounted here");
  return false;
}

void fill_with(const fs::path& file) {
  std::ofstream ballast(file, std::ios::binary);
  const std::string page(4096, 'b');
  while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
  }
}

// A ring that is archived onto a disk of one MiB, in a mount namespace of its own.
struct SmallDisk {
  explicit SmallDisk(const Lines& arguments)
      : daemon(archive_ring(ring.name(), directory.path(), arguments,
                            [disk = directory.path().string()] { mount_disk(disk, "size=1M"); })),
        works(attaches(ring, daemon)) {}
  std::string archive() const {
    return "/proc/" + std::to_string(daemon.pid()) + "/root" + directory.path().string() + "/" + ring.name();
  }
  bool is_full() const { return daemon.has_said("the ring holds what comes"); }
  void grow() const {
    Program grower({"nsenter", "--mount", "--target", std::to_string(daemon.pid()), "mount", "-o", "remount,size=64M",
                    directory.path().string()});
    REQUIRE_MESSAGE(grower.wait() == 0, grower.said());
  }
  // Takes all the room that is left, as somebody else's file.
  fs::path ballast() const { return fs::path(archive()).parent_path() / "ballast"; }
  void fill() const { fill_with(ballast()); }
  void make_room() const { fs::remove(ballast()); }
  fs::path file_in_use() const {
    const auto files = files_with(archive(), ".open");
    REQUIRE(files.size() == 1);
    return files.front();
  }
  // What is there is to be read before.
  void end() {
    daemon.signal(SIGTERM);
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
    CHECK(daemon.has_said("writing again"));
    const std::string said = daemon.said();
    CHECK(said.find("the ring holds what comes") == said.rfind("the ring holds what comes"));
  }

  ScratchRing ring{{.capacity = std::size_t{1} << 20}};
  TemporaryDirectory directory;
  Program daemon;
  bool works;
};

bool put_if_there_is_room(Producer& producer, const std::string& payload, IfFull if_full = IfFull::retry) {
  auto claim = producer.try_claim(payload.size(), 0, if_full);
  if (!claim) return false;
  std::ranges::copy(std::as_bytes(std::span(payload)), claim->bytes().begin());
  claim->commit();
  producer.notify();
  return true;
}

// Eight producers, each in a thread of its own, that wait where the ring is full.
void fill_and_make_room(const Lines& arguments) {
  constexpr int kProducers = 8;
  constexpr int kEach = 60;
  SmallDisk s(arguments);
  if (!s.works) return;
  const auto sent = [](int producer, int n) {
    return std::string(8000, static_cast<char>('a' + n % 26)) + std::to_string(producer) + " " + std::to_string(n);
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < kProducers; ++number) {
    threads.emplace_back([&, number] {
      auto producer = required(Producer::attach(s.ring.name()));
      for (int n = 0; n < kEach;) {
        if (put_if_there_is_room(producer, sent(number, n))) {
          ++n;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  wait_until("the disk is full", [&] { return s.is_full() || !s.daemon.running(); });
  auto another = required(Producer::attach(s.ring.name()));
  wait_until("the ring is full", [&] {
    const auto claim = another.try_claim(8000);
    return !claim && claim.error() == ClaimError::full;
  });
  CHECK(s.daemon.running());
  s.grow();
  for (auto& thread : threads) thread.join();
  wait_until("the ring is drained", [&] { return s.ring.drained(); });
  std::vector<int> next(kProducers, 0);
  for (const std::string& record : contents_of(s.archive())) {
    const int producer = record.at(8000) - '0';
    REQUIRE(record == sent(producer, next.at(static_cast<std::size_t>(producer))));
    ++next[static_cast<std::size_t>(producer)];
  }
  CHECK(next == std::vector<int>(kProducers, kEach));
  s.end();
}

}  // namespace

TEST_CASE("what producers drop while the disk is full is told to the record") {
  SmallDisk s({});
  if (!s.works) return;
  constexpr int kProducers = 4;
  std::vector<Producer> producers;
  for (int i = 0; i < kProducers; ++i) {
    producers.push_back(required(Producer::attach(s.ring.name(), {.name = "feed-" + std::to_string(i)})));
  }
  std::uint64_t attempts = 0;
  std::uint64_t dropped = 0;
  const auto one_round = [&] {
    for (Producer& producer : producers) {
      ++attempts;
      if (!put_if_there_is_room(producer, std::string(5000, 'x'), IfFull::drop)) ++dropped;
    }
  };
  while (!s.is_full()) {
    REQUIRE(s.daemon.running());
    one_round();
  }
  while (dropped < 1000) one_round();
  s.grow();
  wait_until("the ring is drained", [&] { return s.ring.drained(); });
  one_round();
  const std::uint64_t dropped_by_now = dropped;
  wait_until("all that was dropped is told", [&] {
    auto reader = required(logbuf::archive::Reader::open(s.archive()));
    while (required(reader.next())) {
    }
    const auto& totals = reader.totals();
    return totals.refused == dropped_by_now && totals.records + totals.refused == attempts;
  });
  for (int i = 0; i < kProducers; ++i) {
    const std::string who = "producer feed-" + std::to_string(i);
    CHECK(std::ranges::count_if(contents_of(s.archive()), [&](const std::string& entry) {
            return entry.starts_with("gap ") && entry.find(who) != std::string::npos;
          }) > 0);
  }
  s.end();
}

TEST_CASE(
    "a full disk holds the ring and eight producers, is said once, and the archiver goes on by itself when there is "
    "room") {
  fill_and_make_room({});
}
TEST_CASE("a full disk holds the ring with --sync batch and small files, too") {
  fill_and_make_room({"--sync", "batch", "--rotate-size", "128K"});
}

TEST_CASE("a rotation that falls due at a full disk, by age or by SIGUSR2, is made up for when there is room") {
  for (const bool by_signal : {true, false}) {
    CAPTURE(by_signal);
    SmallDisk s(by_signal ? Lines{} : Lines{"--rotate-age", "2s"});
    if (!s.works) return;
    auto producer = required(Producer::attach(s.ring.name()));
    Lines sent;
    const auto archive_one = [&](std::size_t length) {
      sent.push_back(std::string(length, static_cast<char>('a' + sent.size())));
      put(producer, sent.back());
      wait_until("it is archived", [&] { return s.ring.drained(); });
    };
    archive_one(8);
    // The next record fills the file's last page, so that the seal needs another.
    const std::uint64_t in_page = fs::file_size(s.file_in_use()) % 4096;
    archive_one(2 * 4096 - in_page - 128 - 8 - 64);
    s.fill();
    if (by_signal) s.daemon.signal(SIGUSR2);
    wait_until("the rotation fails", [&] { return s.is_full() || !s.daemon.running(); });
    CHECK(files_with(s.archive(), ".seg").empty());
    sent.emplace_back("one more");
    put(producer, sent.back());
    s.make_room();
    wait_until("the file is sealed", [&] { return files_with(s.archive(), ".seg").size() >= 1; });
    wait_until("the ring is drained", [&] { return s.ring.drained(); });
    CHECK(contents_of(s.archive()) == sent);
    s.end();
  }
}

TEST_CASE("while the disk is full, a sync that falls due is made, and who waits for it is told") {
  SmallDisk s({"--sync", "interval=1s"});
  if (!s.works) return;
  auto producer = required(Producer::attach(s.ring.name()));
  std::vector<logbuf::Position> positions;
  while (!s.is_full()) {
    REQUIRE(s.daemon.running());
    if (s.ring.status().tail - s.ring.status().head < 500'000)
      positions.push_back(put(producer, std::string(8000, 'x')));
  }
  const auto written = s.ring.status().archive->written;
  const auto beyond = std::ranges::lower_bound(positions, written);
  REQUIRE(beyond != positions.begin());
  REQUIRE(beyond != positions.end());
  CHECK(producer.wait_durable(*std::prev(beyond), std::chrono::minutes(1)).has_value());
  CHECK_FALSE(producer.wait_durable(*beyond, std::chrono::nanoseconds(0)).has_value());
  CHECK_FALSE(s.daemon.has_said("writing again"));
  s.grow();
  wait_until("the ring is drained", [&] { return s.ring.drained(); });
  CHECK(contents_of(s.archive()).size() == positions.size());
  s.end();
}

TEST_CASE("after a failed sync, a disk without room for writing again is waited for") {
  const WithoutLeakCheck without_leak_check;
  for (const std::string policy : {"batch", "interval=5ms"}) {
    CAPTURE(policy);
    SmallDisk s({"--sync", policy});
    if (!s.works) return;
    auto producer = required(Producer::attach(s.ring.name()));
    Lines sent;
    send_durably(producer, sent, 3);
    const auto trace = attach_strace(
        s.daemon.pid(), {"-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1", "-o", "/dev/null"});
    if (!trace) return;
    s.fill();
    // Room for the record, but not for a file of it and the others.
    fs::resize_file(s.ballast(), fs::file_size(s.ballast()) - 3 * 4096);
    sent.emplace_back(8000, 'x');
    const logbuf::Position position = put(producer, sent.back());
    wait_until("there is no room", [&] { return s.daemon.has_said("trying again every second"); });
    CHECK_FALSE(producer.wait_durable(position, std::chrono::nanoseconds(0)).has_value());
    CHECK_FALSE(s.daemon.has_said("written again to another file"));
    trace->signal(SIGTERM);
    trace->wait();
    s.make_room();
    CHECK(producer.wait_durable(position, std::chrono::minutes(1)).has_value());
    CHECK(s.daemon.has_said("written again to another file"));
    send_durably(producer, sent, 3);
    CHECK(contents_of(s.archive()) == sent);
    s.daemon.signal(SIGTERM);
    CHECK_MESSAGE(s.daemon.wait() == 0, s.daemon.said());
  }
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
  fill_with(there / "ballast");
  send(60);
  CHECK(daemon.has_said("): less than 256K is free on the disk"));
  Lines left;
  // A file that goes while we read is a gap.
  wait_until("what is left is the end of what was sent", [&] {
    left = contents_of(there / ring.name());
    return left.size() < sent.size() && std::equal(left.rbegin(), left.rend(), sent.rbegin());
  });
  CHECK(left.size() > 16);  // a file's
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
