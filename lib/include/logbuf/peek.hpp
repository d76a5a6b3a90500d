// Looking at a live ring without taking anything from it. Needs read permission only; costs the ring's ends
// nothing.
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

// A copy of a record, taken while it was whole. `bytes` and `producer` live until the next next().
struct PeekedRecord {
  std::uint64_t seq = 0;  // the ring's own count of records before this one
  Position position = 0;
  std::optional<std::int64_t> time_ns;  // since 1970-01-01 UTC
  std::uint16_t slot = 0;
  std::uint16_t type = 0;
  std::string_view producer;  // empty: not known any more
  std::span<const std::byte> bytes;
};

// The consumer released these before they were looked at.
struct Missed {
  std::uint64_t records = 0;
  Position from = 0;
  Position to = 0;
};

using Peeked = std::variant<PeekedRecord, Missed>;

// Walks from the oldest record in the ring towards the newest. One thread at a time.
class LOGBUF_API Peek {
 public:
  // Errors: as Segment::open.
  static std::expected<Peek, std::error_code> open(std::string_view name);
  Peek(Peek&&) noexcept;
  Peek& operator=(Peek&&) noexcept;
  ~Peek();

  // The next record, or what was missed; nothing: there is none (yet). Errors: ring_quarantined (a header
  // that no producer of ours can have written), damaged_ring.
  std::expected<std::optional<Peeked>, std::error_code> next();
  // Sleeps until there may be something new, at most `timeout`; where the consumer is awake, it naps.
  void wait(std::chrono::nanoseconds timeout) noexcept;
  // The next record would be here.
  Position position() const noexcept;
  // All below has been claimed by producers.
  Position tail() const noexcept;
  const RingInfo& info() const noexcept;
  bool is_closed() const noexcept;

 private:
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN explicit Peek(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace logbuf
