/// \file
/// The record format: one 8-byte header word, the same in a ring and in an archive.
///
///      63            48 47            32 31 30                              0
///     +----------------+----------------+--+---------------------------------+
///     |      type      |      slot      |S |             length              |   header, 8 bytes, little-endian
///     +----------------+----------------+--+---------------------------------+
///     |        timestamp, ns since 1970-01-01 UTC (timestamped rings only)   |   8 bytes
///     +----------------------------------------------------------------------+
///     |        payload, `length` bytes, then zeros up to the next 8          |
///     +----------------------------------------------------------------------+
///
/// S = 0: a record; length is the payload's bytes, 1..max. S = 1: a skip; length is the whole extent in bytes,
/// header included, a multiple of 8. A word of zero means "not yet": nothing is committed here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace logbuf {

/// A free-running count of bytes since the ring was made. offset = position masked; lap = position / capacity.
using Position = std::uint64_t;

/// What a record's header says, and the arithmetic of records. Only computes: never waits, any thread.
namespace record {

inline constexpr std::uint32_t kAlignment = 8;               ///< bytes: of every header's position
inline constexpr std::uint32_t kHeaderSize = 8;              ///< bytes: the header word alone
inline constexpr std::uint32_t kTimestampedHeaderSize = 16;  ///< bytes: header word and timestamp
inline constexpr std::uint32_t kSkipBit = 0x8000'0000U;      ///< of the header word: S
inline constexpr std::uint32_t kLengthMask = 0x7fff'ffffU;   ///< of the header word: length
inline constexpr std::uint16_t kHoleType = 1;  ///< of a skip: a producer died in this claim; 0: all other skips

/// A header word, unpacked. Any 64-bit value unpacks; whether it makes sense where it stands is extent_of()'s
/// question.
struct Header {
  std::uint32_t length = 0;  ///< bytes: of the payload, or of the whole skip
  bool skip = false;         ///< not a record: the consumer passes over it
  std::uint16_t slot = 0;    ///< the producer's slot in the segment's table
  std::uint16_t type = 0;    ///< the user's own

  /// Field by field.
  friend constexpr bool operator==(const Header&, const Header&) = default;
};

/// The header word that says this. Of `length`, the lower 31 bits count.
constexpr std::uint64_t pack(const Header& h) noexcept {
  return std::uint64_t{h.length & kLengthMask} | (h.skip ? std::uint64_t{kSkipBit} : 0) |
         (std::uint64_t{h.slot} << 32) | (std::uint64_t{h.type} << 48);
}

/// What a header word says: the reverse of pack().
constexpr Header unpack(std::uint64_t word) noexcept {
  return {.length = static_cast<std::uint32_t>(word) & kLengthMask,
          .skip = (word & kSkipBit) != 0,
          .slot = static_cast<std::uint16_t>(word >> 32),
          .type = static_cast<std::uint16_t>(word >> 48)};
}

/// Bytes before the payload, in a ring with timestamps or without.
constexpr std::uint32_t header_size(bool timestamps) noexcept {
  return timestamps ? kTimestampedHeaderSize : kHeaderSize;
}

/// The next multiple of 8, or `bytes` itself if it is one. At most 2^64 - 8: check a length before it is rounded up.
constexpr std::uint64_t align_up(std::uint64_t bytes) noexcept {
  return (bytes + kAlignment - 1) & ~std::uint64_t{kAlignment - 1};
}

/// The bytes from this header to the next one, or 0 if no writer of ours can have stored this header here.
/// `room` is how many bytes may follow from the header on (to the end of the lap, of a block, of what is
/// claimed).
constexpr std::uint64_t extent_of(const Header& h, std::uint32_t header_bytes, std::uint64_t room) noexcept {
  if (h.length == 0) return 0;
  const std::uint64_t extent = h.skip ? h.length : align_up(std::uint64_t{h.length} + header_bytes);
  return (extent % kAlignment != 0 || extent > room) ? 0 : extent;
}

}  // namespace record
}  // namespace logbuf
