// What an archiver refuses, in which words, with which exit code.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "archiver.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
namespace fs = std::filesystem;

void refused(const Lines& arguments, int code, const std::string& said) {
  Program daemon = archiver(arguments);
  CHECK(daemon.wait() == code);
  CHECK_MESSAGE(daemon.has_said(said), daemon.said());
  CHECK(daemon.rest_of_stdout() == "");
}

// A ring's segment as a stranger sees it.
class RawSegment {
 public:
  explicit RawSegment(const std::string& ring) {
    const int fd = ::shm_open(("/logbuf." + ring).c_str(), O_RDWR | O_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    size_ = required(logbuf::Segment::open(ring)).info().segment_size;
    memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    REQUIRE(memory_ != MAP_FAILED);
  }
  RawSegment(const RawSegment&) = delete;
  RawSegment& operator=(const RawSegment&) = delete;
  ~RawSegment() { ::munmap(memory_, size_); }
  logbuf::layout::Segment& words() const { return *static_cast<logbuf::layout::Segment*>(memory_); }
  std::byte* ring() const { return static_cast<std::byte*>(memory_) + words().identity.ring_offset_bytes; }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

TEST_CASE("a finite run says with its exit code that a matching ring could not be drained") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const auto consumer = required(logbuf::Consumer::attach(ring.name()));
  refused({"--rings", ring.name() + "*", "--dir", directory.path().string(), "--once"}, 1, "has a consumer already");
}

TEST_CASE("a pattern that matches no ring is wrong usage for a run that drains once") {
  const TemporaryDirectory directory;
  refused({"--rings", "archivertest-none-*", "--dir", directory.path().string(), "--once"}, 2, "no ring matches");
}

}  // namespace

TEST_CASE("a ring that is not there is refused with 2") {
  const TemporaryDirectory directory;
  const ScratchName name;
  refused({"--ring", name.name(), "--dir", directory.path().string()}, 2, "there is no ring '" + name.name() + "'");
}

TEST_CASE("a name that no ring can have is refused with 2") {
  const TemporaryDirectory directory;
  for (const char* const name : {"", "a/b", "../x", "a b"}) {
    refused({"--ring", name, "--dir", directory.path().string()}, 2, "cannot be a ring's name");
  }
}

TEST_CASE("wrong usage is refused with 2") {
  refused({"--ring", "a"}, 2, "--dir");
  refused({"--dir", "/tmp"}, 2, "no ring");
  refused({"--ring", "a", "--ring", "a", "--dir", "/tmp"}, 2, "twice");
  refused({"--ring", "a", "--dir", "/tmp", "--sync", "sometimes"}, 2, "--sync: 'sometimes'");
  refused({"--ring", "a", "--dir", "/tmp", "--sync", "interval=0s"}, 2, "--sync: 'interval=0s'");
  refused({"--ring", "a", "--dir", "/tmp", "--rotate-size", "much"}, 2, "--rotate-size");
  for (const std::string option : {"--rotate-size", "--rotate-age", "--retain-size", "--retain-age", "--min-free"})
    refused({"--ring", "a", "--dir", "/tmp", option, option.ends_with("age") ? "0s" : "0"}, 2, option + " must be");
  refused({"--rings", "a*", "--dir", "/tmp", "--create"}, 2, "--create needs a --ring");
  refused({"--no-such-flag"}, 2, "--no-such-flag");
}

TEST_CASE("--create with a capacity that cannot be is refused with 2") {
  const ScratchName name;
  const TemporaryDirectory directory;
  refused({"--ring", name.name(), "--dir", directory.path().string(), "--create", "--capacity", "5000"}, 2, "8K");
}

TEST_CASE("a second archiver on a ring is refused with 1, and told the first one's pid") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const TemporaryDirectory elsewhere;
  Program first = archive_ring(ring.name(), directory.path());
  wait_until("the archiver attaches", [&] { return ring.has_consumer(); });
  refused({"--ring", ring.name(), "--dir", elsewhere.path().string()}, 1, "pid " + std::to_string(first.pid()));
  CHECK(first.running());
}

TEST_CASE("a second writer of a directory is refused with 1, and told the first one's pid") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  const auto writer = required(logbuf::archive::Writer::open(directory.path() / ring.name(),
                                                             {.name = ring.name(), .uuid = {}, .capacity = 4096}));
  refused({"--ring", ring.name(), "--dir", directory.path().string()}, 1,
          "is written by process " + std::to_string(::getpid()));
  CHECK_FALSE(ring.has_consumer());
}

TEST_CASE("a directory that cannot be made is refused, and named") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "file") << "x";
  Program daemon = archive_ring(ring.name(), directory.path() / "file" / "below");
  CHECK(daemon.wait() == 2);  // a path that cannot be
  CHECK_MESSAGE(daemon.has_said((directory.path() / "file" / "below").string()), daemon.said());
  refused({"--ring", ring.name(), "--dir", "/sys/logbuf-archive"}, 1, "/sys/logbuf-archive");
}

TEST_CASE("a ring of another layout version is refused with 1, and both versions are named") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  RawSegment(ring.name()).words().identity.version += 1;
  refused({"--ring", ring.name(), "--dir", directory.path().string()}, 1, "has layout version 2");
}

TEST_CASE("a segment that is none, or is cut short, is refused and not drained") {
  const TemporaryDirectory directory;
  {
    const ScratchRing ring;
    RawSegment(ring.name()).words().identity.magic = 0;
    refused({"--ring", ring.name(), "--dir", directory.path().string()}, 2, "is no ring");
  }
  {
    const ScratchRing ring;
    fs::resize_file("/dev/shm/logbuf." + ring.name(), 8192);
    refused({"--ring", ring.name(), "--dir", directory.path().string()}, 1, "contradicts itself");
  }
}

TEST_CASE("a header that no producer has written quarantines the ring: all before it is archived, exit code 3") {
  for (const std::uint64_t word : {std::uint64_t{0x7fff'ffff}, std::uint64_t{0x8000'0004}, ~std::uint64_t{0},
                                   logbuf::record::pack({.length = 8, .skip = false, .slot = 64, .type = 0})}) {
    CAPTURE(word);
    for (const bool once : {false, true}) {
      const ScratchRing ring;
      const TemporaryDirectory directory;
      auto producer = required(Producer::attach(ring.name()));
      put(producer, "before");
      put(producer, "scribbled");
      std::memcpy(RawSegment(ring.name()).ring() + 16, &word, sizeof word);
      Program daemon = archive_ring(ring.name(), directory.path(), once ? Lines{"--once"} : Lines{});
      CHECK(daemon.wait() == 3);
      CHECK_MESSAGE(daemon.has_said("quarantined: the header at position 16"), daemon.said());
      CHECK(contents_of(directory.path() / ring.name()) == Lines{"before"});
      CHECK(producer.try_claim(1).error() == logbuf::ClaimError::disconnected);
      // The next one is told at once.
      refused({"--ring", ring.name(), "--dir", directory.path().string()}, 1, "is quarantined");
    }
  }
}

TEST_CASE("positions that contradict each other are refused") {
  const ScratchRing ring;
  const TemporaryDirectory directory;
  RawSegment(ring.name()).words().consumer.head = 1 << 20;
  refused({"--ring", ring.name(), "--dir", directory.path().string()}, 1,
          "its positions or its count of records cannot be");
}

}  // namespace test
