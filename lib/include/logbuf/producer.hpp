/// \file
/// The writing end of a queue: claim space, write in place, commit. Between attach and destruction it never waits,
/// never allocates, and makes no system call but where a call says so.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <logbuf/detail/producer_core.hpp>
#include <logbuf/error.hpp>
#include <logbuf/export.hpp>
#include <logbuf/record.hpp>
#include <logbuf/segment.hpp>

namespace logbuf {

/// Space in the ring that is this producer's alone until it commits or aborts. Destruction aborts; moved,
/// never copied. Must not outlive its Producer, nor be used while the Producer is used by another thread. One that has
/// ended, or was moved from, may only be assigned to and destroyed.
class WriteClaim {
 public:
  /// `other` ends, without an abort: the claim is this one's.
  WriteClaim(WriteClaim&& other) noexcept : space_(other.space_) { other.space_.core = nullptr; }
  /// The two change places: what was claimed here is aborted when `other` is destroyed.
  WriteClaim& operator=(WriteClaim&& other) noexcept {
    std::swap(space_, other.space_);
    return *this;
  }
  /// Aborts, unless it has ended.
  ~WriteClaim() {
    if (space_.core != nullptr) abort();
  }

  /// The payload to write: the claimed length, 8-byte aligned. Its bytes are zero until they are written.
  std::span<std::byte> bytes() const noexcept { return {space_.payload(), space_.length}; }
  /// Where the record begins; what wait_durable() asks for, to be kept from before commit().
  Position position() const noexcept { return space_.record_position(); }

  /// Publishes the record (release: pairs with the consumer's load of the header). Ends the claim. Never
  /// waits; where the claim is a channel's and the receiver sleeps, wakes it (one system call).
  [[gnu::always_inline]] void commit() noexcept {
    std::exchange(space_.core, nullptr)->commit(space_, 1, space_.length);
  }

  /// Gives the space back, as a skip that the consumer passes over. Ends the claim.
  void abort() noexcept { std::exchange(space_.core, nullptr)->abort(space_); }

  /// \cond library
  WriteClaim() noexcept {}
  /// \endcond

 private:
  template <Kind>
  friend class Producer;
  detail::ClaimedSpace space_;  // no core: no claim (any more)
};

/// Several records claimed in one step and committed in one step: the consumer sees all of them or none. A
/// range of spans to write, in order. Destruction aborts all. Otherwise as WriteClaim.
class WriteBatch {
 public:
  /// A forward iterator over the payloads to write. Valid while the batch is open and not moved.
  class Iterator {
   public:
    using value_type = std::span<std::byte>;  ///< one record's payload
    using difference_type = std::ptrdiff_t;   ///< as the standard wants it
    /// Of no batch: only to be assigned to.
    Iterator() = default;
    /// The record's payload, as WriteClaim::bytes().
    value_type operator*() const noexcept { return batch_->bytes_at(offset_); }
    /// To the next record.
    Iterator& operator++() noexcept {
      offset_ += batch_->extent_at(offset_);
      return *this;
    }
    /// To the next record; gives where it was.
    Iterator operator++(int) noexcept {
      Iterator before = *this;
      ++*this;
      return before;
    }
    /// Do both stand at the same record of the same batch?
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class WriteBatch;
    Iterator(const WriteBatch* batch, std::uint64_t offset) noexcept : batch_(batch), offset_(offset) {}
    const WriteBatch* batch_ = nullptr;
    std::uint64_t offset_ = 0;
  };

  /// `other` ends, without an abort: the claim is this one's.
  WriteBatch(WriteBatch&& other) noexcept
      : space_(std::exchange(other.space_, {})),
        count_(other.count_),
        payload_bytes_(other.payload_bytes_),
        last_offset_(other.last_offset_) {}
  /// The two change places: what was claimed here is aborted when `other` is destroyed.
  WriteBatch& operator=(WriteBatch&& other) noexcept {
    std::swap(space_, other.space_);
    std::swap(count_, other.count_);
    std::swap(payload_bytes_, other.payload_bytes_);
    std::swap(last_offset_, other.last_offset_);
    return *this;
  }
  /// Aborts, unless it has ended.
  ~WriteBatch() {
    if (space_.core != nullptr) abort();
  }

  /// How many records.
  std::size_t size() const noexcept { return count_; }
  /// Of the last record: where that is durable, all of the batch is (Producer::wait_durable(), after the commit).
  Position last_position() const noexcept { return space_.record_position() + last_offset_; }
  /// The first record's payload.
  Iterator begin() const noexcept { return {this, 0}; }
  /// Behind the last one's.
  Iterator end() const noexcept { return {this, space_.extent}; }

  /// Publishes all records at once. Otherwise as WriteClaim::commit().
  void commit() noexcept { std::exchange(space_.core, nullptr)->commit(space_, count_, payload_bytes_); }
  /// Gives all of the space back. Otherwise as WriteClaim::abort().
  void abort() noexcept { std::exchange(space_.core, nullptr)->abort(space_); }

 private:
  template <Kind>
  friend class Producer;
  WriteBatch(const detail::ClaimedSpace& space, std::size_t count, std::uint64_t payload_bytes,
             std::uint64_t last_offset) noexcept
      : space_(space), count_(count), payload_bytes_(payload_bytes), last_offset_(last_offset) {}

  // The headers behind the first stand in shared memory already, so what they say is checked again.
  std::uint32_t length_at(std::uint64_t offset) const noexcept {
    if (offset == 0) return space_.length;
    return record::unpack(detail::header_word(space_.record + offset).load(std::memory_order_relaxed)).length;
  }
  std::uint64_t extent_at(std::uint64_t offset) const noexcept {
    const std::uint64_t room = space_.extent - offset;
    const std::uint64_t extent = record::extent_of({.length = length_at(offset)}, space_.core->header_bytes, room);
    return extent == 0 ? room : extent;
  }
  std::span<std::byte> bytes_at(std::uint64_t offset) const noexcept {
    const std::uint32_t header = space_.core->header_bytes;
    const std::uint64_t extent = extent_at(offset);
    if (extent <= header) return {};
    const std::uint64_t most = extent - header;
    const std::uint64_t length = length_at(offset);
    return {space_.record + offset + header, length < most ? length : most};
  }

  detail::ClaimedSpace space_;
  std::size_t count_ = 0;
  std::uint64_t payload_bytes_ = 0;
  std::uint64_t last_offset_ = 0;  // from the first record to the last
};

/// What becomes of a record that finds the ring full.
enum class IfFull : std::uint8_t {
  retry,  ///< the caller will try again: nothing is lost
  drop,   ///< it is lost: counted in the slot as refused, before the call returns, and told by the archive
};

/// How a producer attaches.
struct ProducerOptions {
  std::string name = {};  ///< for people and for the archive, at most 79 bytes; empty: the program's name
};

/// The writing end of a queue. The two kinds differ in how they take space (mpsc: CAS, against the other producers;
/// spsc: a store), nowhere else. One thread at a time per Producer; any number of Producers, in any threads and
/// processes, up to the ring's max_producers. No call but wait_durable() waits. In a child of fork() a copied Producer
/// refuses
/// (`disconnected`): attach anew there.
template <Kind K>
class LOGBUF_API Producer {
 public:
  /// Takes a slot in the ring's table and touches the ring's pages. May block on memory.
  /// Errors: as Segment::open, and wrong_kind, no_free_slot, ring_closed, ring_quarantined, no_memory,
  /// invalid_option (a name of more than 79 bytes).
  LOGBUF_API static std::expected<Producer, std::error_code> attach(std::string_view name,
                                                                    const ProducerOptions& options = {});
  /// Another producer of the same ring, with another slot, under the same name. Errors: as attach, and not_permitted
  /// (fork() copied it).
  LOGBUF_API std::expected<Producer, std::error_code> clone() const;

  /// Space for one record of `length` bytes, 1 to max_payload(). Acquires what the consumer has released.
  /// Errors: empty, too_large (it never fits), full (see IfFull), disconnected (the ring is closed or quarantined),
  /// busy (this producer's last claim is still open).
  [[gnu::always_inline]] std::expected<WriteClaim, ClaimError> try_claim(std::size_t length, std::uint16_t type = 0,
                                                                         IfFull if_full = IfFull::retry) noexcept {
    return claim_one<ClaimError>(length, type, if_full);
  }

  /// Space for several records at once, one after the other, `lengths[i]` bytes each; together with their
  /// headers they must fit in half the ring. Errors: as try_claim; what is dropped counts as so many records.
  std::expected<WriteBatch, ClaimError> try_claim_batch(std::span<const std::size_t> lengths, std::uint16_t type = 0,
                                                        IfFull if_full = IfFull::retry) noexcept {
    return claim_batch(lengths.size(), [&](std::size_t i) { return lengths[i]; }, type, if_full);
  }
  /// The same for `count` records of `length` bytes each.
  std::expected<WriteBatch, ClaimError> try_claim_batch(std::size_t count, std::size_t length, std::uint16_t type = 0,
                                                        IfFull if_full = IfFull::retry) noexcept {
    return claim_batch(count, [&](std::size_t) { return length; }, type, if_full);
  }

  /// The most bytes that a record can have: half the ring's capacity less a header.
  std::size_t max_payload() const noexcept { return core_->max_payload; }
  /// This producer's slot in the ring's table, which its records carry.
  std::uint16_t slot() const noexcept { return core_->slot_number; }
  /// The ring was closed or quarantined: nothing can be claimed any more.
  bool is_closed() const noexcept { return core_->state().load(std::memory_order_acquire) != 0; }
  /// This is the copy that fork() made, in a child: it refuses to work; attach anew. One load, no system call.
  bool copied_by_fork() const noexcept { return core_->forked(); }
  /// Is a consumer attached and alive? Asks the kernel: one system call.
  bool has_consumer() const noexcept { return core_->has_consumer(); }
  /// Waits until the record at `position` (WriteClaim::position(), after its commit) is durable in an archive: the
  /// archiver says so when its disk has said so, which is soon after with `--sync batch`, up to D later with `--sync
  /// interval=D`, and only when a file is sealed with `--sync none`. At most `timeout`; 0 only looks. Acquire: pairs
  /// with Consumer::report_archived(). System calls; any thread while the Producer lives.
  std::expected<void, DurableError> wait_durable(Position position, std::chrono::nanoseconds timeout) const noexcept {
    return core_->wait_durable(position, timeout);
  }
  /// Wakes the consumer if it sleeps: then one system call. A queue's commit() does not (a channel's does).
  void notify() noexcept { core_->notify(); }

  /// \cond library
  explicit Producer(std::unique_ptr<detail::ProducerCore, detail::ProducerDeleter> core) noexcept
      : core_(std::move(core)) {}
  /// \endcond

 private:
  template <Kind>
  friend class Sender;

  // Error: ClaimError, or the enumeration of a channel that has the same values.
  template <typename Error>
  [[gnu::always_inline]] std::expected<WriteClaim, Error> claim_one(std::size_t length, std::uint16_t type,
                                                                    IfFull if_full) noexcept {
    detail::ProducerCore& core = *core_;
    if (length - 1 >= core.max_payload) [[unlikely]] {
      return std::unexpected(length == 0 ? Error::empty : Error::too_large);
    }
    // Filled where the caller finds it: a claim that is copied about on its way costs more than to take it.
    std::expected<WriteClaim, Error> claim(std::in_place);
    detail::ClaimedSpace& space = claim->space_;
    if (const auto refusal = core.template claim<K>(record::align_up(length + core.header_bytes), space);
        refusal != ClaimError{}) [[unlikely]] {
      if (refusal == ClaimError::full && if_full == IfFull::drop) core.count_refusal(1);
      return std::unexpected(static_cast<Error>(refusal));
    }
    space.length = static_cast<std::uint32_t>(length);
    space.type = type;
    return claim;
  }

  template <typename LengthOf>
  std::expected<WriteBatch, ClaimError> claim_batch(std::size_t count, LengthOf length_of, std::uint16_t type,
                                                    IfFull if_full) noexcept {
    detail::ProducerCore& core = *core_;
    const std::uint64_t most = std::uint64_t{core.max_payload} + core.header_bytes;
    std::uint64_t need = 0;
    std::uint64_t payload_bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t length = length_of(i);
      if (length == 0) return std::unexpected(ClaimError::empty);
      if (length > core.max_payload) return std::unexpected(ClaimError::too_large);
      need += record::align_up(length + core.header_bytes);
      payload_bytes += length;
      if (need > most) return std::unexpected(ClaimError::too_large);
    }
    if (count == 0) return std::unexpected(ClaimError::empty);
    detail::ClaimedSpace space;
    if (const auto refusal = core.template claim<K>(need, space); refusal != ClaimError{}) {
      if (refusal == ClaimError::full && if_full == IfFull::drop) core.count_refusal(count);
      return std::unexpected(refusal);
    }
    space.length = static_cast<std::uint32_t>(length_of(0));
    space.type = type;
    // All headers but the first: the consumer cannot come to them before the first is stored.
    std::byte* at = space.record;
    std::byte* last = at;
    for (std::size_t i = 0; i < count; ++i) {
      const auto length = static_cast<std::uint32_t>(length_of(i));
      if (i > 0) core.store_later_header(at, length, type, space.record);
      last = std::exchange(at, at + record::align_up(std::uint64_t{length} + core.header_bytes));
    }
    return WriteBatch(space, count, payload_bytes, static_cast<std::uint64_t>(last - space.record));
  }

  std::unique_ptr<detail::ProducerCore, detail::ProducerDeleter> core_;
};

extern template class Producer<Kind::mpsc>;
extern template class Producer<Kind::spsc>;

}  // namespace logbuf
