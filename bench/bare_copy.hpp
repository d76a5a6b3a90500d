// Reference (2), the limit: the same payloads copied through a ring of the same size between two processes,
// with nothing but one flag for each 64 KiB. No headers, no zeroing, no claims: what the memory itself
// allows.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "stage.hpp"

namespace logbuf::bench {

class CopyRing {
 public:
  static constexpr std::uint64_t kPartBytes = 64 * 1024;

  // How much shared memory it takes.
  static std::size_t size_bytes(std::uint64_t capacity_bytes) noexcept {
    return parts_in(capacity_bytes) * sizeof(Flag) + capacity_bytes;
  }
  CopyRing(std::byte* memory, std::uint64_t capacity_bytes) noexcept
      : part_bytes(part_size(capacity_bytes)),
        parts(parts_in(capacity_bytes)),
        flags_(reinterpret_cast<Flag*>(memory)),
        ring_(memory + parts * sizeof(Flag)) {}

  std::atomic<std::uint64_t>& flag(std::uint64_t part) noexcept { return flags_[part % parts].records; }
  std::byte* bytes(std::uint64_t part) noexcept { return ring_ + part % parts * part_bytes; }

  std::uint64_t part_bytes;
  std::uint64_t parts;

 private:
  // How many records the part holds; 0: it may be written.
  struct alignas(kLine) Flag {
    std::atomic<std::uint64_t> records;
  };
  static std::uint64_t part_size(std::uint64_t capacity_bytes) noexcept {
    return std::min(kPartBytes, capacity_bytes / 8);
  }
  static std::uint64_t parts_in(std::uint64_t capacity_bytes) noexcept {
    return capacity_bytes / part_size(capacity_bytes);
  }
  Flag* flags_;
  std::byte* ring_;
};

class CopyProducer {
 public:
  explicit CopyProducer(CopyRing ring) noexcept : ring_(ring) {}

  bool put(std::span<const std::byte> payload) noexcept {
    if (used_ == 0 && ring_.flag(part_).load(std::memory_order_acquire) != 0) return false;
    std::memcpy(ring_.bytes(part_) + used_, payload.data(), payload.size());
    used_ += payload.size();
    ++records_;
    if (used_ + payload.size() > ring_.part_bytes) finish();
    return true;
  }
  bool whole() const noexcept { return true; }
  // Hands over a part that is not full.
  void finish() noexcept {
    if (records_ == 0) return;
    ring_.flag(part_).store(records_, std::memory_order_release);
    ++part_;
    used_ = records_ = 0;
  }
  std::uint64_t position() const noexcept { return part_ * ring_.part_bytes + used_; }

 private:
  CopyRing ring_;
  std::uint64_t part_ = 0;
  std::uint64_t used_ = 0;  // bytes of the part
  std::uint64_t records_ = 0;
};

class CopyConsumer {
 public:
  CopyConsumer(CopyRing ring, std::size_t payload_bytes) noexcept : ring_(ring), payload_bytes_(payload_bytes) {}

  template <typename Touch>
  bool read(Touch touch) noexcept {
    const std::uint64_t records = ring_.flag(part_).load(std::memory_order_acquire);
    if (records == 0) return false;
    const std::byte* at = ring_.bytes(part_);
    for (std::uint64_t i = 0; i < records; ++i, at += payload_bytes_)
      touch(std::span<const std::byte>(at, payload_bytes_));
    ring_.flag(part_).store(0, std::memory_order_release);
    ++part_;
    return true;
  }
  std::uint64_t position() const noexcept { return part_ * ring_.part_bytes; }

 private:
  CopyRing ring_;
  std::size_t payload_bytes_;
  std::uint64_t part_ = 0;
};

}  // namespace logbuf::bench
