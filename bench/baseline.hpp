// Reference (1), "per-record release, in-process": a plain ring between threads, the usual way. Same record
// format (an 8-byte header, the length in it as the commit, 8-byte alignment, a skip at the end of the lap);
// cached positions; mpsc by CAS; the consumer zeroes and moves head for each record. No slots, no counters,
// no liveness, nothing survives anybody.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <logbuf/record.hpp>
#include <logbuf/segment.hpp>

#include "record_by_record.hpp"
#include "stage.hpp"

namespace logbuf::bench {

struct BaselineRing {
  explicit BaselineRing(std::uint64_t capacity_bytes) : words(capacity_bytes / 8), capacity(capacity_bytes) {}

  std::byte* at(Position p) noexcept { return reinterpret_cast<std::byte*>(words.data()) + (p & (capacity - 1)); }
  std::atomic_ref<std::uint64_t> header(Position p) noexcept {
    return std::atomic_ref<std::uint64_t>(words[(p & (capacity - 1)) / 8]);
  }

  alignas(kLine) std::atomic<std::uint64_t> tail = 0;
  alignas(kLine) std::atomic<std::uint64_t> head = 0;
  alignas(kLine) std::vector<std::uint64_t> words;
  std::uint64_t capacity;
};

template <Kind K>
class BaselineProducer : public RecordByRecord {
 public:
  explicit BaselineProducer(BaselineRing& ring) noexcept : ring_(ring), capacity_(ring.capacity) {}

  bool put(std::span<const std::byte> payload) noexcept {
    const std::uint64_t need = record::align_up(payload.size() + record::kHeaderSize);
    std::uint64_t tail = K == Kind::mpsc ? ring_.tail.load(std::memory_order_relaxed) : position_;
    std::uint64_t skip = 0;
    for (;;) {
      const std::uint64_t room = capacity_ - (tail & (capacity_ - 1));
      skip = need > room ? room : 0;
      if (tail + skip + need - cached_head_ > capacity_) [[unlikely]] {
        const std::uint64_t head = ring_.head.load(std::memory_order_acquire);
        if (head == cached_head_) return false;
        cached_head_ = head;
        if constexpr (K == Kind::mpsc) tail = ring_.tail.load(std::memory_order_relaxed);
        continue;
      }
      if constexpr (K == Kind::spsc) break;
      if (ring_.tail.compare_exchange_weak(tail, tail + skip + need, std::memory_order_relaxed)) break;
    }
    if (skip != 0) {
      ring_.header(tail).store(record::pack({.length = static_cast<std::uint32_t>(skip), .skip = true}),
                               std::memory_order_release);
    }
    std::memcpy(ring_.at(tail + skip) + record::kHeaderSize, payload.data(), payload.size());
    ring_.header(tail + skip)
        .store(record::pack({.length = static_cast<std::uint32_t>(payload.size())}), std::memory_order_release);
    position_ = tail + skip + need;
    return true;
  }
  Position position() const noexcept { return position_; }

 private:
  BaselineRing& ring_;
  std::uint64_t capacity_;
  std::uint64_t cached_head_ = 0;
  Position position_ = 0;  // spsc: tail
};

class BaselineConsumer {
 public:
  BaselineConsumer(BaselineRing& ring, std::uint64_t batch_bytes) noexcept : ring_(ring), batch_bytes_(batch_bytes) {}

  // Up to batch_bytes of records, each released by itself.
  template <typename Touch>
  bool read(Touch touch) noexcept {
    const Position limit = position_ + batch_bytes_;
    bool any = false;
    while (position_ < limit) {
      const std::uint64_t word = ring_.header(position_).load(std::memory_order_acquire);
      if (word == 0) break;
      const record::Header header = record::unpack(word);
      const std::uint64_t extent =
          header.skip ? header.length : record::align_up(std::uint64_t{header.length} + record::kHeaderSize);
      if (!header.skip) {
        touch(std::span<const std::byte>(ring_.at(position_) + record::kHeaderSize, header.length));
        any = true;
      }
      std::memset(ring_.at(position_), 0, extent);
      position_ += extent;
      ring_.head.store(position_, std::memory_order_release);
    }
    return any;
  }
  Position position() const noexcept { return position_; }

 private:
  BaselineRing& ring_;
  std::uint64_t batch_bytes_;
  Position position_ = 0;
};

}  // namespace logbuf::bench
