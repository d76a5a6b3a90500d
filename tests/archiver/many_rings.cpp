// One archiver, several rings: named, created, or by pattern, those that come and those that go.
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include <csignal>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

std::string pattern() {
  return "archivertest-" + std::to_string(::getpid()) + "-*-feed";
}

Program archive_pattern(const TemporaryDirectory& directory, const Lines& arguments = {}) {
  Lines all = {"--rings", pattern(), "--dir", directory.path().string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return archiver(all);
}

void wait_for_consumer(const ScratchRing& ring) {
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

}  // namespace

TEST_CASE("two rings are drained at once, each into its own directory") {
  const ScratchRing one;
  const ScratchRing two;
  const TemporaryDirectory directory;
  Program daemon = archiver({"--ring", one.name(), "--ring", two.name(), "--dir", directory.path().string()});
  auto first = required(Producer::attach(one.name()));
  auto second = required(Producer::attach(two.name()));
  put(first, "one");
  put(second, "two");
  wait_until("both are drained", [&] { return one.drained() && two.drained(); });
  one.close();
  put(second, "more");
  two.close();
  CHECK(daemon.wait() == 0);
  CHECK(contents_of(directory.path() / one.name()) == Lines{"one"});
  CHECK(contents_of(directory.path() / two.name()) == Lines{"two", "more"});
}

TEST_CASE("--create makes a ring of that capacity, and takes one that is there") {
  const ScratchName name;
  const TemporaryDirectory directory;
  {
    Program daemon = archive_ring(name.name(), directory.path(), {"--create", "--capacity", "8K", "--once"});
    CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  }
  CHECK(required(logbuf::Segment::open(name.name())).info().capacity == 8192);
  auto producer = required(Producer::attach(name.name()));
  put(producer, "a");
  Program daemon = archive_ring(name.name(), directory.path(), {"--create", "--once"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(directory.path() / name.name()) == Lines{"a"});
}

TEST_CASE("a ring that appears later is drained where its name matches") {
  const TemporaryDirectory directory;
  Program daemon = archive_pattern(directory);
  const ScratchRing other({.capacity = 4096}, "-other");
  const ScratchRing first({.capacity = 4096}, "-feed");
  wait_for_consumer(first);
  const ScratchRing second({.capacity = 4096}, "-feed");
  wait_for_consumer(second);
  auto producer = required(Producer::attach(second.name()));
  put(producer, "a");
  wait_until("it is drained", [&] { return second.drained(); });
  CHECK_FALSE(other.has_consumer());
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(directory.path() / second.name()) == Lines{"a"});
  CHECK_FALSE(fs::exists(directory.path() / other.name()));
}

TEST_CASE("a removed ring is drained to the end, and one made anew under its name is taken up") {
  const TemporaryDirectory directory;
  Program daemon = archive_pattern(directory);
  const ScratchRing ring({.capacity = 4096}, "-feed");
  wait_for_consumer(ring);
  {
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "a");
    wait_until("it is drained", [&] { return ring.drained(); });
    REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
    put(producer, "b");
  }
  wait_until("it is ended", [&] { return daemon.has_said("2 records archived"); });
  (void)required(logbuf::Segment::create(ring.name(), {.capacity = 4096}));
  wait_for_consumer(ring);
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "c");
  wait_until("it is drained", [&] { return ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(directory.path() / ring.name()) == Lines{"a", "b", "c"});
}

TEST_CASE("a ring made anew is taken up, also while the files of the one before it are looked after") {
  const TemporaryDirectory directory;
  // As long as there are two files, there is one that may have to go.
  Program daemon = archive_pattern(directory, {"--compress", "zstd", "--min-free", "1"});
  const ScratchRing ring({.capacity = 4096}, "-feed");
  wait_for_consumer(ring);
  {
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "a");
    wait_until("it is drained", [&] { return ring.drained(); });
    daemon.signal(SIGUSR2);
    wait_until("the file is sealed", [&] {
      const auto archive = fs::directory_iterator(directory.path() / ring.name());
      return std::ranges::any_of(archive, [](const auto& entry) { return entry.path().extension() == ".seg"; });
    });
    put(producer, "b");
    REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
  }
  wait_until("it is ended", [&] { return daemon.has_said("2 records archived"); });
  (void)required(logbuf::Segment::create(ring.name(), {.capacity = 4096}));
  wait_for_consumer(ring);
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "c");
  wait_until("it is drained", [&] { return ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK_FALSE(daemon.has_said("is not drained"));
  CHECK(contents_of(directory.path() / ring.name()) == Lines{"a", "b", "c"});
}

TEST_CASE("an archiver ends with 0 when its only ring is removed") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  Program daemon = archive_ring(ring.name(), directory.path());
  {
    auto producer = required(Producer::attach(ring.name()));
    put(producer, "a");
  }
  wait_until("it is drained", [&] { return ring.drained(); });
  REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

TEST_CASE("other names that come and go in /dev/shm do not put off the end of an idle run, nor a refused ring") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  std::atomic<bool> over = false;
  std::thread others([&] {
    const ScratchName name("-foreign");
    const std::string path = "/dev/shm/" + name.name();
    while (!over) {
      std::ofstream(path) << "x";
      std::filesystem::remove(path);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  Program idle =
      archiver({"--rings", ring.name() + "-none*", "--dir", directory.path().string(), "--until-idle", "100ms"});
  CHECK(idle.wait() == 0);
  auto holder = std::make_optional(required(logbuf::Consumer::attach(ring.name())));
  Program daemon = archiver({"--rings", ring.name(), "--dir", directory.path().string()});
  wait_until("it is refused", [&] { return daemon.has_said("is not drained"); });
  auto producer = required(logbuf::queue::mpsc::Producer::attach(ring.name()));
  put(producer, "x");
  holder.reset();
  wait_until("it is drained", [&] { return ring.drained(); });
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
  over = true;
  others.join();
}

TEST_CASE("--rings with --once drains what matches now, and exits") {
  const ScratchRing ring({.capacity = 4096}, "-feed");
  const TemporaryDirectory directory;
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "a");
  Program daemon = archive_pattern(directory, {"--once"});
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
  CHECK(contents_of(directory.path() / ring.name()) == Lines{"a"});
}

TEST_CASE(
    "a ring that cannot be drained is said once, keeps no other from being drained, and is taken up when it can be") {
  const ScratchRing held({.capacity = 4096}, "-feed");
  const TemporaryDirectory directory;
  auto holder = std::make_unique<logbuf::Consumer>(required(logbuf::Consumer::attach(held.name())));
  Program daemon = archive_pattern(directory);
  wait_until("it is said", [&] { return daemon.has_said("is not drained"); });
  const ScratchRing free({.capacity = 4096}, "-feed");
  wait_for_consumer(free);
  CHECK(count(daemon.said(), "is not drained") == 1);
  holder.reset();
  wait_until("it is taken up", [&] { return held.has_consumer(); });
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == 0, daemon.said());
}

TEST_CASE("a ring whose draining has failed is said once, and left alone until it is made anew") {
  const ScratchRing ring({.capacity = 4096}, "-feed");
  const TemporaryDirectory directory;
  {
    const auto info = required(logbuf::Segment::open(ring.name())).info();
    auto writer = required(logbuf::archive::Writer::open(
        directory.path() / ring.name(), {.name = ring.name(), .uuid = info.uuid, .capacity = info.capacity}));
    REQUIRE(writer.append({.lost = std::nullopt, .from = 0, .to = 8192, .why = "made up"}).has_value());
  }
  Program daemon = archive_pattern(directory);
  wait_until("it is said", [&] { return daemon.has_said("but the ring only at"); });
  const ScratchRing other({.capacity = 4096}, "-feed");
  wait_for_consumer(other);
  const ScratchRing another({.capacity = 4096}, "-feed");
  wait_for_consumer(another);
  CHECK(count(daemon.said(), "but the ring only at") == 1);
  REQUIRE(logbuf::Segment::unlink(ring.name()).has_value());
  (void)required(logbuf::Segment::create(ring.name(), {.capacity = 4096}));
  wait_for_consumer(ring);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 1);
}

}  // namespace test
