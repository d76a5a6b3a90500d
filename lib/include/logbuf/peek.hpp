/// \file
/// Looking at a live ring without taking anything from it. Needs read permission only; costs the ring's ends
/// nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <logbuf/export.hpp>
#include <logbuf/record.hpp>
#include <logbuf/segment.hpp>

namespace logbuf {

/// A copy of a record, taken while it was whole. `bytes` and `producer` live until the next Peek::next().
struct PeekedRecord {
  std::uint64_t seq = 0;                ///< the ring's own count of records before this one
  Position position = 0;                ///< where it begins in the ring
  std::optional<std::int64_t> time_ns;  ///< of its claim, since 1970-01-01 UTC; empty where the ring has no timestamps
  std::uint16_t slot = 0;               ///< its producer's
  std::uint16_t type = 0;               ///< the user's own
  std::string_view producer;            ///< empty: not known any more
  std::span<const std::byte> bytes;     ///< the payload
};

/// The consumer released these before they were looked at.
struct Missed {
  std::uint64_t records = 0;  ///< how many
  Position from = 0;          ///< positions [from, to) of the ring
  Position to = 0;            ///< where next() goes on
};

/// What Peek::next() gives.
using Peeked = std::variant<PeekedRecord, Missed>;

/// Walks from the oldest record in the ring towards the newest. One thread at a time; any number of them, in any
/// processes, beside a consumer.
class LOGBUF_API Peek {
 public:
  /// Opens the ring of this name, for reading only, and touches its pages. May block on memory. Errors: as
  /// Segment::open, and no_memory.
  static std::expected<Peek, std::error_code> open(std::string_view name);
  /// Of the other one nothing is left but to assign to it and to destroy it.
  Peek(Peek&&) noexcept;
  /// The same; what was open here is closed.
  Peek& operator=(Peek&&) noexcept;
  /// Closes: the ring does not notice.
  ~Peek();

  /// The next record, or what was missed; nothing: there is none (yet). Never waits. Acquires what the
  /// producer wrote. Errors: ring_quarantined (a header that no producer of ours can have written).
  std::expected<std::optional<Peeked>, std::error_code> next();
  /// Sleeps until there may be something new, at most `timeout`; where the consumer is awake, it naps (0.2 ms at
  /// most).
  void wait(std::chrono::nanoseconds timeout) noexcept;
  /// The next record would be here.
  Position position() const noexcept;
  /// All below has been claimed by producers.
  Position tail() const noexcept;
  /// What never changes in the ring. Lives as long as this Peek.
  const RingInfo& info() const noexcept;
  /// No producer can claim any more; what is in the ring can still be read.
  bool is_closed() const noexcept;

 private:
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN explicit Peek(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace logbuf
