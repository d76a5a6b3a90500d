// /dev/shm without room, or with huge pages. The tests have one of their own, in a child with its own mounts; where
// that is not permitted, they say so.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <logbuf/peek.hpp>
#include <logbuf/queue.hpp>

#include "peer.hpp"
#include "scratch_ring.hpp"

using logbuf::Errc;
using logbuf::Segment;
using Producer = logbuf::queue::mpsc::Producer;

namespace {

constexpr int kCannot = 77;

// True if /dev/shm is now this process's own.
bool own_dev_shm(const char* options) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", "/dev/shm", "tmpfs", 0, options) == 0;
}

// Each failed check is a bit of the result.
template <typename Body>
void with_dev_shm(const char* options, Body body) {
  const int result = test::in_child([&] { return own_dev_shm(options) ? body() : kCannot; });
  if (result == kCannot) {
    MESSAGE("not run: this needs the right to mount a /dev/shm of its own (root), and what is asked of it");
    return;
  }
  CHECK(result == 0);
}

template <typename Body>
void with_small_dev_shm(Body body) {
  with_dev_shm("size=1m", body);
}

// How much of what is mapped is in huge pages, says the kernel.
std::uint64_t huge_kb() {
  std::ifstream smaps("/proc/self/smaps");
  std::uint64_t sum = 0;
  for (std::string word; smaps >> word;) {
    std::uint64_t kb = 0;
    if (word == "ShmemPmdMapped:" && smaps >> kb) sum += kb;
  }
  return sum;
}

int sparse_object(const char* name, off_t size) {
  const int fd = ::shm_open(name, O_CREAT | O_RDWR, 0600);
  return fd < 0 || ::ftruncate(fd, size) != 0 ? -1 : fd;
}

// Has the kernel so much to give, at this moment?
bool has_huge_pages(std::size_t bytes) {
  const int fd = ::shm_open("/trial", O_CREAT | O_RDWR, 0600);
  if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(bytes)) != 0) return false;
  void* const data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return false;
  ::madvise(data, bytes, MADV_HUGEPAGE);
  std::memset(data, 1, bytes);
  const bool has = huge_kb() >= bytes / 1024;
  ::munmap(data, bytes);
  ::close(fd);
  return has && ::shm_unlink("/trial") == 0;
}

}  // namespace

TEST_CASE("creating a ring that /dev/shm has no room for says how much there is and what to do") {
  with_small_dev_shm([] {
    int failed = 0;
    if (Segment::create("big", {.capacity = 16 << 20}).error() != Errc::no_memory) failed |= 1;
    const std::string& detail = logbuf::error_detail();
    if (detail.find("1048576 bytes free") == std::string::npos) failed |= 2;
    if (detail.find("smaller capacity") == std::string::npos) failed |= 4;
    if (!Segment::list().empty()) failed |= 8;
    // Nor does the attempt keep what it could get.
    if (!Segment::create("small", {.capacity = 512 << 10})) failed |= 16;
    if (Segment::create("second", {.capacity = 512 << 10}).error() != Errc::no_memory) failed |= 32;
    return failed;
  });
}

TEST_CASE("a ring that was created can be filled, whatever happens to /dev/shm meanwhile") {
  with_small_dev_shm([] {
    if (!Segment::create("ring", {.capacity = 512 << 10})) return 1;
    const int fd = ::shm_open("/filler", O_CREAT | O_RDWR, 0600);
    const std::string page(4096, 'x');
    while (::write(fd, page.data(), page.size()) > 0) {
    }
    auto producer = Producer::attach("ring");
    if (!producer) return 2;
    int records = 0;
    while (test::put(*producer, std::string(1000, 'x'))) ++records;
    return records == (512 << 10) / 1008 ? 0 : 3;
  });
}

TEST_CASE("an object whose pages cannot be had is an error at attach, and no SIGBUS") {
  with_small_dev_shm([] {
    // A sound ring's first page, and nothing behind it; no room for more.
    std::vector<char> header(4096);
    if (!Segment::create("ring", {.capacity = 512 << 10})) return 1;
    int fd = ::shm_open("/logbuf.ring", O_RDONLY, 0);
    if (::read(fd, header.data(), header.size()) != 4096) return 2;
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return 3;
    ::close(fd);
    if (!Segment::unlink("ring")) return 4;
    const int sparse = sparse_object("/logbuf.sparse", status.st_size);
    if (::write(sparse, header.data(), header.size()) != 4096) return 5;
    const int hollow = sparse_object("/logbuf.hollow", status.st_size);  // not even a header
    if (hollow < 0) return 6;
    const int filler = ::shm_open("/filler", O_CREAT | O_RDWR, 0600);
    while (::write(filler, header.data(), header.size()) > 0) {
    }
    int failed = 0;
    for (const char* const name : {"sparse", "hollow"}) {
      if (Producer::attach(name)) failed |= 8;
      if (logbuf::Consumer::attach(name)) failed |= 16;
      if (logbuf::Peek::open(name)) failed |= 32;
      if (const auto segment = Segment::open(name)) (void)segment->status();
    }
    return failed;
  });
}

TEST_CASE("a ring that asks for huge pages gets them where /dev/shm has some for who asks, and others do not") {
  constexpr std::size_t capacity = 8 << 20;
  with_dev_shm("size=64m,huge=advise", [] {
    if (!has_huge_pages(2 * capacity)) return kCannot;
    int failed = 0;
    if (!Segment::create("small", {.capacity = capacity})) failed |= 1;
    {
      const auto producer = Producer::attach("small");
      if (!producer || huge_kb() != 0) failed |= 2;
    }
    if (!Segment::create("huge", {.capacity = capacity, .huge_pages = true})) failed |= 4;
    const auto producer = Producer::attach("huge");
    if (!producer) failed |= 8;
    if (huge_kb() < capacity / 1024 / 2) failed |= 16;
    return failed;
  });
}

TEST_CASE("a ring that asks for huge pages is made without them where there are none") {
  with_dev_shm("size=16m,huge=never", [] {
    if (!Segment::create("ring", {.capacity = 8 << 20, .huge_pages = true})) return 1;
    if (!Producer::attach("ring")) return 2;
    if (Segment::create("too-much", {.capacity = 16 << 20, .huge_pages = true}).error() != Errc::no_memory) return 4;
    // What the attempt took for a moment is free again, and told as such.
    return logbuf::error_detail().find("has 0 bytes free") == std::string::npos ? 0 : 8;
  });
}
