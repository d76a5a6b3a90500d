// What producers have been told to be durable, on the disk itself: behind the file system, at the disk's very end, a
// block for each author. An acknowledgement is a write to the same disk, so the log of that disk's writes has it in its
// order: behind the flush that made the records durable, which had come back before their producer was told.
#pragma once

#include <cstddef>
#include <cstdint>

namespace logbuf::powercut {

inline constexpr std::size_t kBlockBytes = 4096;  // of the guest's disk: written as a whole or not at all
inline constexpr std::uint64_t kAuthors = 16;
inline constexpr std::size_t kLongestBytes = 16 * 1024;  // of their records
inline constexpr std::uint64_t kAcknowledgedBytes = kAuthors * kBlockBytes;

struct Acknowledgement {
  static constexpr std::uint64_t kMagic = 0x6465'6765'6c77'6f6e;
  std::uint64_t magic = kMagic;
  std::uint64_t records = 0;  // of this author: all before this one are durable
};

// Where an author's block is, on a disk of this size.
inline constexpr std::uint64_t acknowledged_at(std::uint64_t disk_bytes, std::uint64_t author) {
  return disk_bytes - kAcknowledgedBytes + author * kBlockBytes;
}

}  // namespace logbuf::powercut
