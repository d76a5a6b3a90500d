// What a producer keeps at hand, and the hot path: claim, commit, abort. Included by producer.hpp, so that
// the compiler can inline it; not for direct use.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>

#include <logbuf/detail/cache_lines.hpp>
#include <logbuf/export.hpp>
#include <logbuf/intent.hpp>
#include <logbuf/layout.hpp>
#include <logbuf/record.hpp>
#include <logbuf/segment.hpp>

namespace logbuf {

/// Why there is no claim. Zero is not among them.
enum class ClaimError : std::uint8_t {
  full = 1,      ///< no room now; what becomes of the record is IfFull's
  too_large,     ///< it never fits: more than max_payload(), or a batch of more than half the ring
  empty,         ///< a record has one byte at least, a batch one record
  disconnected,  ///< the ring is closed or quarantined, or fork() copied the producer
  busy           ///< the producer's last claim is still open
};

namespace detail {

struct ProducerCore;
struct ProducerAttachment;

inline std::atomic_ref<std::uint64_t> header_word(std::byte* at) noexcept {
  return std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(at));
}

// A claim in flight. `begin` is where it starts in the ring: at a skip to the end of the lap, where there had
// to be one, else at the record.
struct ClaimedSpace {
  ProducerCore* core = nullptr;
  std::byte* begin = nullptr;
  std::byte* record = nullptr;  // the (first) record's header
  std::uint64_t extent = 0;     // bytes of the record(s), the skip not counted
  std::uint64_t skip = 0;       // bytes of the skip; 0: none
  Position position = 0;        // of `begin`
  std::uint32_t length = 0;     // payload of the (first) record
  std::uint16_t type = 0;

  inline std::byte* payload() const noexcept;
  Position record_position() const noexcept { return position + skip; }
};

struct ProducerCore {
  // How far ahead of a claim the lines of later ones are fetched; measured with two processors. Small records are soon
  // there. Larger ones take many lines each, and more of them have to be on their way; but in a small ring the consumer
  // is still at work so far ahead.
  static constexpr std::uint64_t kFetchAheadOfSmall_bytes = 560;
  static constexpr std::uint64_t fetch_ahead_for(std::uint64_t capacity) noexcept {
    return std::clamp(capacity / 1024, kFetchAheadOfSmall_bytes, std::uint64_t{2048});
  }
  // A CAS leaves less time to the fetching, and gains less by it.
  template <Kind K>
  static constexpr std::uint64_t kSmallRecord_bytes = K == Kind::spsc ? 128 : 256;

  // Copies, checked at attach.
  std::byte* ring = nullptr;
  std::uint64_t capacity = 0;
  std::uint64_t offset_mask = 0;  // also clears the low three bits: a scribbled tail still gives an aligned offset
  std::uint64_t fetch_ahead = kFetchAheadOfSmall_bytes;  // bytes
  std::uint32_t header_bytes = 0;
  std::uint32_t max_payload = 0;
  std::uint16_t slot_number = 0;
  bool claim_open = false;
  bool notify_on_commit = false;         // a channel's
  bool registered_for_barriers = false;  // this process takes part in those that a consumer makes before it parks
  layout::Segment* words = nullptr;
  layout::SlotHot* slot = nullptr;
  const std::uint64_t* fork_word = nullptr;  // platform/process.hpp: another value after fork()
  std::uint64_t fork_value = 0;

  std::uint64_t cached_head = 0;
  std::uint64_t own_tail = 0;  // spsc: nobody else moves tail
  // What the slot shows, kept here so that counting is a store and never a read-modify-write.
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t refused = 0;
  std::uint64_t aborted = 0;

  ProducerAttachment* attachment = nullptr;  // owned; see ring/producer.cpp

  std::atomic<std::uint32_t>& state() const noexcept { return words->state.state; }
  bool forked() const noexcept { return __atomic_load_n(fork_word, __ATOMIC_RELAXED) != fork_value; }

  // Takes `need` bytes in one piece, and before them the rest of the lap where they do not fit in it.
  // Returns ClaimError{} and fills `space`, or says why not.
  // Inlined whatever the compiler thinks of it: in a large caller it thinks otherwise, and the record costs twice as
  // much.
  template <Kind K>
  [[gnu::always_inline]] ClaimError claim(std::uint64_t need, ClaimedSpace& space) noexcept {
    // relaxed: a ring closed a moment later takes one more record, which its consumer still gets.
    if (claim_open || state().load(std::memory_order_relaxed) != 0 || forked()) [[unlikely]]
      return refuse();
    std::atomic<std::uint64_t>& shared_tail = words->tail.tail;
    if constexpr (K == Kind::mpsc) fetch_to_write(&shared_tail);
    // relaxed: a stale tail costs a failed CAS; what the space holds is ordered by head's acquire.
    std::uint64_t tail = K == Kind::mpsc ? shared_tail.load(std::memory_order_relaxed) : own_tail;
    std::uint64_t offset = 0;
    std::uint64_t skip = 0;
    for (;;) {
      offset = tail & offset_mask;
      const std::uint64_t room = capacity - offset;
      skip = need > room ? room : 0;
      if (tail + skip + need - cached_head > capacity) [[unlikely]] {
        // acquire: the consumer's zeroing of this space; pairs with its release store of head.
        const std::uint64_t head = words->consumer.head.load(std::memory_order_acquire);
        if (head == cached_head) {
          slot->intent.store(0, std::memory_order_release);
          return ClaimError::full;
        }
        cached_head = head;
        // A tail older than this head would make the ring look full: read it after head.
        if constexpr (K == Kind::mpsc) tail = shared_tail.load(std::memory_order_relaxed);
        continue;
      }
      const std::uint64_t next = tail + skip + need;
      const std::uint64_t claim_word = intent::pack(tail, skip + need);
      // The intent, then the claim, then WON, then the first byte: whoever dies leaves behind what recovery needs
      // (ring/recovery.cpp). release: in this order.
      slot->intent.store(claim_word, std::memory_order_release);
      if constexpr (K == Kind::mpsc) {
        // release: the intent before the claim.
        if (shared_tail.compare_exchange_weak(tail, next, std::memory_order_release, std::memory_order_relaxed)) {
          slot->intent.store(claim_word | intent::kWon, std::memory_order_release);
          break;
        }
      } else {
        shared_tail.store(next, std::memory_order_release);
        slot->intent.store(claim_word | intent::kWon, std::memory_order_release);
        own_tail = next;
        break;
      }
    }
    // No byte of the payload before WON, as far as this process is stopped in program order. (Others may see one before
    // WON, and before tail, where stores do not keep their order: nobody looks there before he has seen tail.)
    std::atomic_signal_fence(std::memory_order_seq_cst);
    claim_open = true;
    space.core = this;
    space.begin = ring + offset;
    space.record = skip == 0 ? ring + offset : ring;
    space.extent = need;
    space.skip = skip;
    space.position = tail;
    if (header_bytes == record::kTimestampedHeaderSize) stamp(space.record);
    // What later claims will write, where that is known to be free: its lines are the consumer's, who has zeroed them.
    // Not too early: it may be at work close by.
    const Position ahead = tail + skip + need + (need < kSmallRecord_bytes<K> ? kFetchAheadOfSmall_bytes : fetch_ahead);
    if (ahead + need - cached_head <= capacity) fetch_to_write(ring, capacity, ahead, need);
    return ClaimError{};
  }

  [[gnu::always_inline]] void commit(const ClaimedSpace& space, std::uint64_t record_count,
                                     std::uint64_t payload_bytes) noexcept {
    if (forked()) [[unlikely]]
      return;
    records += record_count;
    bytes += payload_bytes;
    // Before the header: should we die behind it, this is how many records there are. See ring/recovery.cpp.
    slot->next_records.store(records, std::memory_order_relaxed);
    const std::uint64_t word =
        record::pack({.length = space.length, .skip = false, .slot = slot_number, .type = space.type});
    if (space.skip == 0) [[likely]] {
      header_word(space.record).store(word, std::memory_order_release);
    } else {
      // The claim becomes visible as one piece: its first header, the skip's, comes last.
      header_word(space.record).store(word, std::memory_order_relaxed);
      store_skip(space.begin, space.skip);
    }
    // release: behind the header, and before the intent is gone.
    slot->records.store(records, std::memory_order_release);
    slot->bytes.store(bytes, std::memory_order_relaxed);
    end_claim();
  }

  // By value: were its address known elsewhere, a claim would have to stand in memory, and be waited for at each step.
  void abort(ClaimedSpace space) noexcept {
    if (forked()) [[unlikely]]
      return;
    slot->aborted.store(++aborted, std::memory_order_relaxed);
    if (space.skip != 0) {
      header_word(space.record).store(skip_word(space.extent), std::memory_order_relaxed);
      store_skip(space.begin, space.skip);
    } else {
      store_skip(space.record, space.extent);
    }
    end_claim();
  }

  // A header of a batch, other than its first. Its record has the time of the first one.
  void store_later_header(std::byte* at, std::uint32_t length, std::uint16_t type, const std::byte* first) noexcept {
    if (header_bytes == record::kTimestampedHeaderSize) {
      for (std::size_t i = 8; i < 16; ++i) at[i] = first[i];
    }
    header_word(at).store(record::pack({.length = length, .skip = false, .slot = slot_number, .type = type}),
                          std::memory_order_relaxed);
  }

  // Wakes the consumer if it has parked. The header's store comes before the load of `parked`; the consumer stores
  // `parked`, then looks at the header. One of the two sees the other, so that no wake-up is lost: by a fence on both
  // sides, or by the consumer's barrier for both.
  void notify() noexcept {
    if (registered_for_barriers) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    if (words->park.parked.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake();
  }

  // Records that the caller could not write at a full ring.
  void count_refusal(std::uint64_t record_count) noexcept {
    refused += record_count;
    // release: behind the claim that was refused; pairs with Consumer::refusals.
    slot->refused.store(refused, std::memory_order_release);
  }

  void abandon() noexcept;
  LOGBUF_API bool has_consumer() const noexcept;
  LOGBUF_API std::expected<void, DurableError> wait_durable(Position position,
                                                            std::chrono::nanoseconds timeout) const noexcept;
  // From now on each commit wakes a parked consumer.
  LOGBUF_API void wake_on_commit() noexcept;
  // Wakes whoever sleeps on the ring, whatever `parked` says: for a full ring, where a wake-up may have died
  // with the producer that owed it.
  void wake_always() noexcept;

 private:
  void end_claim() noexcept {
    // release: behind the header that ended the claim.
    slot->intent.store(0, std::memory_order_release);
    claim_open = false;
    if (notify_on_commit) notify();
  }
  std::uint64_t skip_word(std::uint64_t extent) const noexcept {
    return record::pack({.length = static_cast<std::uint32_t>(extent), .skip = true, .slot = slot_number, .type = 0});
  }
  // release: publishes what lies behind the skip in the same claim; pairs with the consumer's load of the
  // header.
  void store_skip(std::byte* at, std::uint64_t extent) noexcept {
    header_word(at).store(skip_word(extent), std::memory_order_release);
  }

  [[gnu::cold]] LOGBUF_API ClaimError refuse() noexcept;
  [[gnu::cold]] LOGBUF_API void wake() noexcept;
  LOGBUF_API static void stamp(std::byte* record) noexcept;
};

inline std::byte* ClaimedSpace::payload() const noexcept {
  return record + core->header_bytes;
}

struct ProducerDeleter {
  LOGBUF_API void operator()(ProducerCore* core) const noexcept;  // detaches
};

}  // namespace detail
}  // namespace logbuf
