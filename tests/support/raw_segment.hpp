// A ring's segment as a stranger sees it: every byte can be read and overwritten.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include <logbuf/layout.hpp>

namespace test {

class RawSegment {
 public:
  explicit RawSegment(const std::string& ring) {
    const int fd = ::shm_open(("/logbuf." + ring).c_str(), O_RDWR | O_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    struct stat status = {};
    REQUIRE(::fstat(fd, &status) == 0);
    size_ = static_cast<std::size_t>(status.st_size);
    void* const at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    REQUIRE(at != MAP_FAILED);
    data_ = static_cast<std::byte*>(at);
  }
  RawSegment(const RawSegment&) = delete;
  RawSegment& operator=(const RawSegment&) = delete;
  ~RawSegment() { ::munmap(data_, size_); }

  std::span<std::byte> all() const { return {data_, size_}; }
  logbuf::layout::Segment& words() const { return *reinterpret_cast<logbuf::layout::Segment*>(data_); }
  logbuf::layout::Slot& slot(std::size_t number) const {
    return reinterpret_cast<logbuf::layout::Slot*>(data_ + logbuf::layout::kSlotsOffset)[number];
  }
  std::span<std::byte> ring() const {
    const auto& id = words().identity;
    return {data_ + id.ring_offset_bytes, id.capacity_bytes};
  }
  // The 8-byte word at a position of the ring.
  std::uint64_t& word(std::uint64_t position) const {
    return *reinterpret_cast<std::uint64_t*>(ring().data() + (position & (ring().size() - 1)));
  }
  // An empty ring that stands at `position`, after `records` records.
  void move_to(std::uint64_t position, std::uint64_t records = 0) const {
    auto& w = words();
    w.tail.tail = position;
    w.consumer.consumed = position;
    w.consumer.head = position;
    w.consumer.counts[0].position = position;
    w.consumer.counts[0].records = records;
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// The segment's object with these bytes in it (no ring at all, if they say so).
inline void write_object(const std::string& ring, std::span<const std::byte> bytes) {
  const int fd = ::shm_open(("/logbuf." + ring).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  REQUIRE(::ftruncate(fd, 0) == 0);
  REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(fd);
}

}  // namespace test
