// What a consumer keeps at hand, and its hot path: walk committed records, release them. Included by
// consumer.hpp, so that the compiler can inline it; not for direct use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <logbuf/detail/cache_lines.hpp>
#include <logbuf/detail/pace.hpp>
#include <logbuf/detail/producer_core.hpp>
#include <logbuf/export.hpp>
#include <logbuf/layout.hpp>
#include <logbuf/record.hpp>

namespace logbuf {

/// One committed record, where it lies in the ring. Valid while the claim or batch that gave it is.
/// \headerfile consumer.hpp <logbuf/consumer.hpp>
class Record {
 public:
  /// \cond library
  Record(const std::byte* header, std::uint32_t header_bytes, const record::Header& h, Position position) noexcept
      : header_(header),
        header_bytes_(header_bytes),
        length_(h.length),
        slot_(h.slot),
        type_(h.type),
        position_(position) {}
  /// \endcond

  /// The payload, 8-byte aligned.
  std::span<const std::byte> bytes() const noexcept { return {header_ + header_bytes_, length_}; }
  /// The slot of the producer that wrote it: Consumer::producer() says who has that.
  std::uint16_t producer() const noexcept { return slot_; }
  /// What its producer gave as type: the user's own.
  std::uint16_t type() const noexcept { return type_; }
  /// Where it begins in the ring.
  Position position() const noexcept { return position_; }
  /// When the space was claimed, ns since 1970-01-01 UTC; empty where the ring has no timestamps.
  std::optional<std::int64_t> time_ns() const noexcept {
    if (header_bytes_ != record::kTimestampedHeaderSize) return std::nullopt;
    return *reinterpret_cast<const std::int64_t*>(header_ + record::kHeaderSize);
  }

 private:
  const std::byte* header_;
  std::uint32_t header_bytes_;
  std::uint32_t length_;
  std::uint16_t slot_;
  std::uint16_t type_;
  Position position_;
};

namespace detail {

struct ConsumerAttachment;

// How far a walk over committed records has come. Nothing of it is released yet.
struct Walk {
  Position begin = 0;       // where it began: all below is released
  Position at = 0;          // the next header to look at
  Position limit = 0;       // no new record is begun at or beyond this: max_bytes, or the end of the lap
  Position data_begin = 0;  // [data_begin, data_end): from the first record to the last, whole
  Position data_end = 0;
  std::uint64_t records = 0;
  bool caught_up = false;  // it has come to where no header is stored yet, or nothing claimed
};

struct ConsumerCore {
  static constexpr std::uint64_t kFetchAhead_bytes = 2048;
  static constexpr unsigned kVainLooksPerHeader = 256;

  // Copies, checked at attach.
  std::byte* ring = nullptr;
  std::uint64_t capacity = 0;
  std::uint32_t header_bytes = 0;
  std::uint32_t max_producers = 0;
  bool claim_open = false;
  layout::Segment* words = nullptr;
  const std::uint64_t* fork_word = nullptr;
  std::uint64_t fork_value = 0;

  Position position = 0;      // all below is released
  Position cached_tail = 0;   // all below is claimed
  std::uint64_t records = 0;  // in [0, position)
  Position next_sweep = 0;    // where dead producers' slots are looked at again
  bool blocked = false;       // the segment says since when
  unsigned next_count = 0;    // which of the two counts is not the valid one
  unsigned vain_looks = 0;    // where nothing was claimed

  Pace pace;

  std::uint64_t producers_left_seen = 0;  // by park()
  std::atomic<bool> interrupted = false;  // by another thread of this process

  ConsumerAttachment* attachment = nullptr;  // owned; see ring/consumer.cpp

  bool forked() const noexcept { return __atomic_load_n(fork_word, __ATOMIC_RELAXED) != fork_value; }
  std::byte* at(Position p) const noexcept { return ring + (p & (capacity - 1)); }
  // acquire: the record behind the header; pairs with the producer's release store of it.
  std::uint64_t load_header(Position p) const noexcept { return header_word(at(p)).load(std::memory_order_acquire); }

  Walk begin_walk(std::uint64_t max_bytes) const noexcept {
    const Position lap_end = (position & ~(capacity - 1)) + capacity;
    const Position limit = max_bytes < lap_end - position ? position + (max_bytes == 0 ? 1 : max_bytes) : lap_end;
    return {
        .begin = position, .at = position, .limit = limit, .data_begin = position, .data_end = position, .records = 0};
  }

  // The next committed record of the walk; nothing where it ends: at its limit, at a header that is not yet
  // stored, or at one that no producer of ours can have stored (then the ring is quarantined).
  [[gnu::always_inline]] std::optional<Record> next(Walk& walk) noexcept {
    for (;;) {
      if (walk.at >= walk.limit) return std::nullopt;
      // Who waits for the next record looks at `tail` first, not at the header: the line that a producer is writing
      // would have to go to and fro, and it has no header before it is claimed. What stands there all the same is found
      // by a look now and then.
      const bool any = walk.at != walk.begin || walk.at < cached_tail || claimed(walk.at + 1) ||
                       ++vain_looks % kVainLooksPerHeader == 0;
      const std::uint64_t word = any ? load_header(walk.at) : 0;
      if (word == 0) {
        walk.caught_up = true;
        return std::nullopt;
      }
      const record::Header header = record::unpack(word);
      const std::uint64_t room = capacity - (walk.at & (capacity - 1));
      const std::uint64_t extent = record::extent_of(header, header_bytes, room);
      if (extent == 0 || header.slot >= max_producers || (walk.at + extent > cached_tail && !claimed(walk.at + extent)))
          [[unlikely]] {
        // What stands before it is handed out and released first: nothing of it is lost if we die meanwhile.
        if (walk.at == position) quarantine(walk.at, word);
        return std::nullopt;
      }
      const Position here = walk.at;
      walk.at += extent;
      if (header.skip) {
        if (header.type == record::kHoleType) {
          // A dead producer's claim is told where it stood.
          walk.data_end = walk.at;
          // Once this is released, its slot can be freed.
          if (walk.at < next_sweep) next_sweep = walk.at;
        } else if (walk.data_end == walk.data_begin) {
          // A skip before the first record is not part of the data.
          walk.data_begin = walk.data_end = walk.at;
        }
        continue;
      }
      walk.data_end = walk.at;
      ++walk.records;
      // To be read, and zeroed when it is released: fetched once for both, where it is claimed (and mostly no longer
      // written).
      const Position ahead = here + kFetchAhead_bytes;
      if (ahead + extent <= cached_tail) fetch_to_write(ring, capacity, ahead, extent);
      return Record(at(here), header_bytes, header, here);
    }
  }

  // next() to the end, for who does not look at each record. Headers lie in the producers' caches, and each says only
  // where the next one is: asked for ahead, as if all records were as long as this one, many are on their way at once.
  void walk_all(Walk& walk) noexcept {
    constexpr std::uint64_t headers_ahead = 32;
    for (Position before = walk.at; next(walk); before = walk.at) {
      const Position ahead = walk.at + headers_ahead * (walk.at - before);
      if (ahead < walk.limit) __builtin_prefetch(at(ahead));
    }
  }

  // Reads tail again: is all below `end` claimed?
  bool claimed(Position end) noexcept {
    // acquire: with the header's acquire, the claim that stored it is seen.
    cached_tail = words->tail.tail.load(std::memory_order_acquire);
    return end <= cached_tail;
  }

  // Gives [position, end) back to the producers; `count` records were in it.
  LOGBUF_API void release(Position end, std::uint64_t count) noexcept;
  // Looks after the slots of dead producers; at attach, behind each hole, and now and then.
  void sweep() noexcept;
  // True if a committed record (or a dead producer's claim) stands next (skips before it are released).
  LOGBUF_API bool advance_to_record() noexcept;
  // Is this header, which was found at `position`, one where nothing is claimed? Then the ring is quarantined.
  bool is_stray(std::uint64_t header) noexcept;

 private:
  [[gnu::cold]] LOGBUF_API void quarantine(Position where, std::uint64_t word) noexcept;
};

struct ConsumerDeleter {
  LOGBUF_API void operator()(ConsumerCore* core) const noexcept;  // detaches
};

}  // namespace detail
}  // namespace logbuf
