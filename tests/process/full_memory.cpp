// /dev/shm without room. The tests have a small one of their own, in a child with its own mounts; where that
// is not permitted, they say so.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

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

constexpr int kNotPermitted = 77;

// True if /dev/shm is now this process's own, of 1 MiB.
bool small_dev_shm() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=1m") == 0;
}

// Each failed check is a bit of the result.
template <typename Body>
void with_small_dev_shm(Body body) {
  const int result = test::in_child([&] { return small_dev_shm() ? body() : kNotPermitted; });
  if (result == kNotPermitted) {
    MESSAGE("not run: this needs the right to mount a /dev/shm of its own (root)");
    return;
  }
  CHECK(result == 0);
}

int sparse_object(const char* name, off_t size) {
  const int fd = ::shm_open(name, O_CREAT | O_RDWR, 0600);
  return fd < 0 || ::ftruncate(fd, size) != 0 ? -1 : fd;
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
