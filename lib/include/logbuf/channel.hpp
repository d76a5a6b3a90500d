/// \file
/// Channels: a ring's two ends with waiting. A Sender backs off at a full ring, a Receiver sleeps at an empty
/// one; neither waits for a peer that is gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <logbuf/consumer.hpp>
#include <logbuf/export.hpp>
#include <logbuf/producer.hpp>
#include <logbuf/segment.hpp>

namespace logbuf {

/// Why nothing was sent. The values are those of ClaimError.
enum class SendError : std::uint8_t {
  full = 1,      ///< no room now, or not in time
  too_large,     ///< it never fits: more than max_payload()
  empty,         ///< a record has one byte at least
  disconnected,  ///< nobody will read it: the ring is closed, quarantined, or full without a living consumer; or
                 ///< fork() copied the sender
  busy           ///< the sender's last claim is still open
};
/// Why nothing was received.
enum class RecvError : std::uint8_t {
  timeout = 1,   ///< the time is over
  disconnected,  ///< nothing more will come, or can be read: see Receiver::recv()
  busy           ///< the receiver's last claim or batch is still open
};

/// The writing end of a channel. Its claims wake the receiver when they commit, if it sleeps: at most one wake (a
/// system call of some 10 us) for each time that the receiver parks. One thread at a time; clone() for the next one.
template <Kind K>
class LOGBUF_API Sender {
 public:
  /// Attaches to the ring of this name: as Producer::attach, with its errors.
  static std::expected<Sender, std::error_code> attach(std::string_view name, const ProducerOptions& options = {}) {
    auto producer = Producer<K>::attach(name, options);
    if (!producer) return std::unexpected(producer.error());
    return Sender(std::move(*producer));
  }
  /// Another sender, with another slot. Errors: as Producer::clone.
  std::expected<Sender, std::error_code> clone() const {
    auto producer = producer_.clone();
    if (!producer) return std::unexpected(producer.error());
    return Sender(std::move(*producer));
  }

  /// Space for a record; waits at a full ring (spins, yields, then naps of up to a millisecond) for as long as
  /// a consumer lives. Errors: empty, too_large, busy as try_claim; disconnected: the ring is closed, or it is
  /// full and has no living consumer.
  [[gnu::always_inline]] std::expected<WriteClaim, SendError> send(std::size_t length,
                                                                   std::uint16_t type = 0) noexcept {
    auto claim = producer_.template claim_one<SendError>(length, type, IfFull::retry);
    if (!claim && claim.error() == SendError::full) [[unlikely]]
      claim = send_when_there_is_room(length, type);
    return claim;
  }
  /// The same, copied and committed. Errors: as send.
  std::expected<void, SendError> send(std::span<const std::byte> bytes, std::uint16_t type = 0) noexcept {
    return fill(send(bytes.size(), type), bytes);
  }
  /// As send, but waits at a full ring for about `timeout` at most, for callers that have more to look at than
  /// the ring. Errors: full (the time is over; not counted, as the caller will try again, or drop it by try_send), and
  /// as send.
  LOGBUF_API std::expected<WriteClaim, SendError> send_for(std::chrono::nanoseconds timeout, std::size_t length,
                                                           std::uint16_t type = 0) noexcept;

  /// Space for a record, where there is some; never waits. Errors: full (the record is lost, and counted as refused),
  /// and as send.
  [[gnu::always_inline]] std::expected<WriteClaim, SendError> try_send(std::size_t length,
                                                                       std::uint16_t type = 0) noexcept {
    return producer_.template claim_one<SendError>(length, type, IfFull::drop);
  }
  /// The same, copied and committed. Never waits, but wakes a receiver that sleeps (one system call).
  std::expected<void, SendError> try_send(std::span<const std::byte> bytes, std::uint16_t type = 0) noexcept {
    return fill(try_send(bytes.size(), type), bytes);
  }

  /// Wakes the receiver if it sleeps: then one system call. A commit does so by itself.
  void notify() noexcept { producer_.notify(); }
  /// As Producer::max_payload().
  std::size_t max_payload() const noexcept { return producer_.max_payload(); }
  /// As Producer::slot().
  std::uint16_t slot() const noexcept { return producer_.slot(); }
  /// As Producer::is_closed().
  bool is_closed() const noexcept { return producer_.is_closed(); }
  /// As Producer::copied_by_fork().
  bool copied_by_fork() const noexcept { return producer_.copied_by_fork(); }
  /// As Producer::has_consumer().
  bool has_consumer() const noexcept { return producer_.has_consumer(); }
  /// As Producer::wait_durable().
  std::expected<void, DurableError> wait_durable(Position position, std::chrono::nanoseconds timeout) const noexcept {
    return producer_.wait_durable(position, timeout);
  }

  /// The producer of a queue, which from now on waits and wakes.
  explicit Sender(Producer<K> producer) noexcept : producer_(std::move(producer)) { producer_.core_->wake_on_commit(); }

 private:
  LOGBUF_API std::expected<WriteClaim, SendError> send_when_there_is_room(std::size_t length,
                                                                          std::uint16_t type) noexcept;
  template <typename GiveUp>
  std::expected<WriteClaim, SendError> claim_with_patience(std::size_t length, std::uint16_t type,
                                                           GiveUp give_up) noexcept;
  static std::expected<void, SendError> fill(std::expected<WriteClaim, SendError> claim,
                                             std::span<const std::byte> bytes) noexcept {
    if (!claim) [[unlikely]]
      return std::unexpected(claim.error());
    __builtin_memcpy(claim->bytes().data(), bytes.data(), bytes.size());
    claim->commit();
    return {};
  }

  Producer<K> producer_;
};

extern template class Sender<Kind::mpsc>;
extern template class Sender<Kind::spsc>;

static_assert(static_cast<int>(SendError::full) == static_cast<int>(ClaimError::full) &&
              static_cast<int>(SendError::too_large) == static_cast<int>(ClaimError::too_large) &&
              static_cast<int>(SendError::empty) == static_cast<int>(ClaimError::empty) &&
              static_cast<int>(SendError::disconnected) == static_cast<int>(ClaimError::disconnected) &&
              static_cast<int>(SendError::busy) == static_cast<int>(ClaimError::busy));

/// The reading end of a channel. One per ring, as a Consumer; one thread at a time. In a child of fork() a copied
/// Receiver is disconnected.
class LOGBUF_API Receiver {
 public:
  /// Attaches to the ring of this name: as Consumer::attach, with its errors.
  static std::expected<Receiver, std::error_code> attach(std::string_view name, const ConsumerOptions& options = {}) {
    auto consumer = Consumer::attach(name, options);
    if (!consumer) return std::unexpected(consumer.error());
    return Receiver(std::move(*consumer));
  }

  /// The next record; spins briefly, then sleeps until there is one, at most `timeout`. Acquires what the sender wrote.
  /// Makes skips of claims whose producers died.
  /// Errors: timeout; disconnected: the ring is closed, or every producer that ever attached is gone, and the
  /// ring is empty (looked at once more after they were seen gone); or the ring is quarantined. On a named ring new
  /// producers may still come: call again. busy: the last claim or batch is open.
  std::expected<ReadClaim, RecvError> recv(std::chrono::nanoseconds timeout) noexcept;
  /// The same without a limit of time.
  std::expected<ReadClaim, RecvError> recv() noexcept;
  /// Never waits; timeout means that there is nothing now.
  std::expected<ReadClaim, RecvError> try_recv() noexcept { return recv(std::chrono::nanoseconds(0)); }
  /// As recv, several records at once: see Consumer::try_claim_batch.
  std::expected<ReadBatch, RecvError> recv_batch(std::uint64_t max_bytes, std::chrono::nanoseconds timeout) noexcept;

  /// The consumer beneath, for what does not wait. Lives as long as this Receiver.
  Consumer& consumer() noexcept { return consumer_; }
  /// Disconnects everybody, as Segment::close().
  void close() noexcept { consumer_.close(); }

  /// The consumer of a queue, which from now on waits.
  explicit Receiver(Consumer consumer) noexcept : consumer_(std::move(consumer)) {}

 private:
  template <typename Try>
  auto receive(Try attempt, std::optional<std::chrono::nanoseconds> timeout) noexcept
      -> std::expected<typename std::invoke_result_t<Try>::value_type, RecvError>;
  LOGBUF_HIDDEN bool disconnected() const noexcept;

  Consumer consumer_;
};

/// Channels: a ring's two ends, which know how to wait for each other.
namespace channel {

/// Many senders, one receiver.
namespace mpsc {
using Sender = logbuf::Sender<Kind::mpsc>;  ///< the writing end: attach() by name
using Receiver = logbuf::Receiver;          ///< the reading end: attach() by name

/// Both ends of a ring without a name, for threads of one process; more senders by Sender::clone(). `capacity`: bytes,
/// as SegmentOptions::capacity. Dropping the receiver, or the last sender, disconnects the other side. Reserves the
/// memory, for which a large ring takes a second. Errors: invalid_capacity, invalid_option, no_memory.
LOGBUF_API std::expected<std::pair<Sender, Receiver>, std::error_code> create(std::size_t capacity);
/// The same with options, of which kind, mode and group say nothing here.
LOGBUF_API std::expected<std::pair<Sender, Receiver>, std::error_code> create(const SegmentOptions& options);
}  // namespace mpsc

/// One sender, one receiver.
namespace spsc {
using Sender = logbuf::Sender<Kind::spsc>;  ///< the writing end: attach() by name
using Receiver = logbuf::Receiver;          ///< the reading end: attach() by name

/// Both ends of a ring without a name, for two threads of one process. Otherwise as mpsc::create().
LOGBUF_API std::expected<std::pair<Sender, Receiver>, std::error_code> create(std::size_t capacity);
/// The same with options, of which kind, mode and group say nothing here.
LOGBUF_API std::expected<std::pair<Sender, Receiver>, std::error_code> create(const SegmentOptions& options);
}  // namespace spsc

}  // namespace channel
}  // namespace logbuf
