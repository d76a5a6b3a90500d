/// \file
/// The reading end of a queue, the same for both kinds: claim records where they lie, release them. Never
/// waits, but where it says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <logbuf/detail/consumer_core.hpp>
#include <logbuf/export.hpp>
#include <logbuf/record.hpp>
#include <logbuf/segment.hpp>

namespace logbuf {

/// One record. Destruction releases its space to the producers. Moved, never copied. Must not outlive its Consumer.
class ReadClaim : public Record {
 public:
  /// `other` releases nothing any more: the record is this one's.
  ReadClaim(ReadClaim&& other) noexcept : Record(other), core_(std::exchange(other.core_, nullptr)), end_(other.end_) {}
  /// The two change places: what was claimed here is released when `other` is destroyed.
  ReadClaim& operator=(ReadClaim&& other) noexcept {
    Record::operator=(other);
    std::swap(core_, other.core_);
    std::swap(end_, other.end_);
    return *this;
  }
  /// Releases the record.
  ~ReadClaim() {
    if (core_ == nullptr) return;
    core_->release(end_, 1);
    core_->claim_open = false;
  }

 private:
  friend class Consumer;
  ReadClaim(const Record& record, detail::ConsumerCore* core, Position end) noexcept
      : Record(record), core_(core), end_(end) {}
  detail::ConsumerCore* core_;
  Position end_;
};

/// Consecutive records, released together: one zeroing, one store of head. A single-pass range, walked as it
/// is read:
///
///     for (const Record& record : batch) ...
///
/// Destruction releases what was walked, also what the loop stopped at; what it did not come to stays in the ring. A
/// batch never passes the end of a lap, so that it is one piece of memory. Moved, never copied. Must not outlive its
/// Consumer. Of one that has ended, or was moved from, only positions and records() can be asked.
class ReadBatch {
 public:
  /// A single-pass iterator over the records. Valid while the batch is open and not moved.
  class Iterator {
   public:
    using value_type = Record;               ///< lies in the ring
    using difference_type = std::ptrdiff_t;  ///< as the standard wants it
    /// The record where it stands; not at the end.
    const Record& operator*() const noexcept { return *record_; }
    /// The same.
    const Record* operator->() const noexcept { return &*record_; }
    /// Walks to the next record.
    Iterator& operator++() noexcept {
      record_ = batch_->next();
      return *this;
    }
    /// The same.
    void operator++(int) noexcept { ++*this; }
    /// Has the batch no further record?
    friend bool operator==(const Iterator& it, std::default_sentinel_t) noexcept { return !it.record_; }

   private:
    friend class ReadBatch;
    explicit Iterator(ReadBatch* batch) noexcept : batch_(batch), record_(batch->next()) {}
    ReadBatch* batch_;
    std::optional<Record> record_;
  };

  /// `other` releases nothing any more: the batch is this one.
  ReadBatch(ReadBatch&& other) noexcept : core_(std::exchange(other.core_, nullptr)), walk_(other.walk_) {}
  /// The two change places: what was walked here is released when `other` is destroyed.
  ReadBatch& operator=(ReadBatch&& other) noexcept {
    std::swap(core_, other.core_);
    std::swap(walk_, other.walk_);
    return *this;
  }
  /// Releases what was walked, unless the batch has ended.
  ~ReadBatch() { release(); }

  /// The next record, or nothing: the batch is at its limit, or no further record is committed.
  std::optional<Record> next() noexcept { return core_->next(walk_); }
  /// All that next() would still give, at once: faster, where only the batch as a whole is of interest.
  void walk() noexcept { core_->walk_all(walk_); }
  /// Walks to the next record: a second begin() goes on, and does not begin again.
  Iterator begin() noexcept { return Iterator(this); }
  /// Where the batch has no further record.
  std::default_sentinel_t end() const noexcept { return {}; }

  /// Where the batch begins. What has been walked so far is positions [begin_position(), end_position()); data() is of
  /// these from the first record to the last, and before and behind it are skips only.
  Position begin_position() const noexcept { return walk_.begin; }
  /// How far it has been walked, and will be released.
  Position end_position() const noexcept { return walk_.at; }
  /// Where data() begins.
  Position data_position() const noexcept { return walk_.data_begin; }
  /// The records walked so far, headers and skips between them as they lie. In the ring: valid while the batch is open.
  std::span<const std::byte> data() const noexcept {
    return {core_->at(walk_.data_begin), static_cast<std::size_t>(walk_.data_end - walk_.data_begin)};
  }
  /// How many records have been walked so far.
  std::uint64_t records() const noexcept { return walk_.records; }
  /// The ring's own count of records before this batch.
  std::uint64_t first_record() const noexcept { return core_->records; }

  /// Releases now what was walked. The batch ends. Release: publishes the zeroed space; pairs with a producer's claim.
  void release() noexcept {
    if (auto* const core = std::exchange(core_, nullptr)) {
      core->release(walk_.at, walk_.records);
      core->pace.took(walk_.records, walk_.caught_up);
      core->claim_open = false;
    }
  }
  /// Releases nothing: everything stays in the ring. The batch ends.
  void keep() noexcept {
    if (auto* const core = std::exchange(core_, nullptr)) core->claim_open = false;
  }

 private:
  friend class Consumer;
  ReadBatch(detail::ConsumerCore* core, std::uint64_t max_bytes) noexcept
      : core_(core), walk_(core->begin_walk(max_bytes)) {}
  detail::ConsumerCore* core_;
  detail::Walk walk_;
};

/// Why a consumer gets no record, kept apart.
enum class RingState : std::uint8_t {
  ready,        ///< a record is committed
  empty,        ///< all that was claimed has been read
  blocked,      ///< the next claim is not finished: its producer is at work (or died at it)
  quarantined,  ///< the next header cannot be a record's: nothing more can be read
};

/// What stands in the way of a blocked consumer, and what was done about it.
struct Blockage {
  /// What the look has found.
  enum class Kind : std::uint8_t {
    none,       ///< nothing any more
    waiting,    ///< for a living producer's claim
    recovered,  ///< its producer is dead: the claim is a skip now
  };
  Kind kind = Kind::none;             ///< what was found
  Position position = 0;              ///< where the claim begins
  std::uint64_t extent_bytes = 0;     ///< recovered: of the claim; waiting: of all that is claimed behind it
  std::optional<std::uint16_t> slot;  ///< empty: no producer says that the claim is its own
  EndStatus producer = {};            ///< who has the slot; `alive` is not filled in: `kind` says it
  std::int64_t since_ns = 0;          ///< when it was first found waiting, since 1970-01-01 UTC; 0: only now
};

/// Records that the producers of one slot could not write at a full ring, and counted. Both only grow.
struct SlotRefusals {
  std::uint64_t total = 0;    ///< of all who ever had the slot
  std::uint64_t earlier = 0;  ///< of these, before the present one attached
};

/// How a consumer attaches.
struct ConsumerOptions {
  std::string name = {};  ///< for people, at most 79 bytes; empty: the program's name
};

/// The reading end of a queue. One at a time per ring, across processes (a kernel lock). A Consumer that dies leaves
/// everything it has not released to its successor. No call but park() waits. One thread at a time. In a child of
/// fork() a copied Consumer finds nothing.
class LOGBUF_API Consumer {
 public:
  /// Finishes what a dead predecessor began to release, touches the ring's pages. May block on memory.
  /// Errors: as Segment::open, and consumer_present (the detail names the holder), ring_quarantined,
  /// damaged_ring, no_memory, invalid_option (a name of more than 79 bytes).
  static std::expected<Consumer, std::error_code> attach(std::string_view name, const ConsumerOptions& options = {});

  /// The next record; nothing: state() says why. One claim or batch at a time: nothing while another is open.
  std::optional<ReadClaim> try_claim() noexcept {
    detail::ConsumerCore& core = *core_;
    if (core.claim_open || core.forked()) [[unlikely]]
      return std::nullopt;
    // A walk ends with its lap; behind a skip to the end of the lap another one follows.
    for (int lap = 0; lap < 2; ++lap) {
      detail::Walk walk = core.begin_walk(core.capacity);
      if (const auto record = core.next(walk)) {
        core.claim_open = true;
        return ReadClaim(*record, &core, walk.at);
      }
      if (walk.at == walk.begin) return std::nullopt;
      core.release(walk.at, 0);
    }
    return std::nullopt;
  }

  /// The next records, until max_bytes (headers included; at least one record), the end of the lap, or one
  /// that is not committed. Nothing: as above. It may hold no record but the skip over a dead producer's claim.
  /// Where batches took all there was and records kept coming, it spins for some microseconds at most (128 pauses)
  /// before it looks, for a larger batch; try_claim() does not.
  std::optional<ReadBatch> try_claim_batch(std::uint64_t max_bytes) noexcept {
    detail::ConsumerCore& core = *core_;
    if (core.claim_open || core.forked()) return std::nullopt;
    core.pace.wait();
    if (!core.advance_to_record()) {
      core.pace.found_nothing();
      return std::nullopt;
    }
    core.claim_open = true;
    return ReadBatch(&core, max_bytes);
  }

  /// Why there is no record, or that there is one. Quarantines the ring where a header stands that nobody has claimed.
  RingState state() const noexcept;
  /// For a consumer that is blocked: asks the kernel whether the producer of the next claim lives, and if it died
  /// before its commit, makes a skip of the claim. Call it when spinning has not helped, and again every few
  /// milliseconds while it says `waiting`; a Receiver does so by itself. Some system calls; never waits.
  Blockage unblock();
  /// No producer can claim any more; what is in the ring can still be read.
  bool is_closed() const noexcept;
  /// Is any producer attached and alive? Asks the kernel, once per slot in use.
  bool has_producers() const noexcept;
  /// Did any producer ever attach to this ring?
  bool had_producers() const noexcept;
  /// All below has been released.
  Position position() const noexcept;
  /// All below has been claimed by now.
  Position tail() const noexcept;
  /// The ring's count of records below position().
  std::uint64_t records_consumed() const noexcept;
  /// What never changes in the ring. Lives as long as this Consumer.
  const RingInfo& info() const noexcept;
  /// Who has this slot now, without asking whether it is alive; a slot of at least max_producers gives nobody.
  /// Records of the slot before attached_at were another's.
  EndStatus producer(std::uint16_t slot) const;
  /// Goes up each time somebody attaches to the slot: has producer(slot) changed?
  std::uint32_t incarnation(std::uint16_t slot) const noexcept;
  /// What incarnation() said before belongs to it if it says the same behind it. A slot of at least max_producers gives
  /// zeros.
  SlotRefusals refusals(std::uint16_t slot) const noexcept;
  /// As Segment::status(), without opening the ring again.
  RingStatus status() const;
  /// For a consumer that archives: tells status() and producers that wait_durable() how far it has come. What goes back
  /// is not told. Never waits; a system call where a producer waits and `synced` has grown. Release: pairs with
  /// wait_durable().
  void report_archived(const ArchiveProgress& progress) noexcept;
  /// Disconnects everybody, as Segment::close().
  void close() noexcept;

  /// Sleeps until a record is committed, the ring is closed, Producer::notify() is called, or the time is over; also
  /// returns early for no reason. Looks at the ring again after it has asked to be woken, so that no wake-up
  /// is lost. Producers of a queue do not wake it unless they call notify(); senders of a channel do.
  void park(std::chrono::nanoseconds timeout) noexcept;
  /// Ends the park() that another thread is in, or its next one. The one call that any thread may make.
  void interrupt() noexcept;

  /// \cond library
  explicit Consumer(std::unique_ptr<detail::ConsumerCore, detail::ConsumerDeleter> core) noexcept
      : core_(std::move(core)) {}
  /// \endcond

 private:
  friend class Receiver;
  std::unique_ptr<detail::ConsumerCore, detail::ConsumerDeleter> core_;
};

}  // namespace logbuf
