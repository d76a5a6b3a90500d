/// \file
/// A producer's intent: the claim in flight, in one word, so that it is never torn. What a dead producer leaves here
/// says which bytes of the ring were its own.
///
///      63 62 61               34 33                                    0
///     +--+--+-------------------+---------------------------------------+
///     |W | 0|  extent, 8 bytes  |  position, in units of 8 bytes        |
///     +--+--+-------------------+---------------------------------------+
///
/// W (WON): the CAS on tail succeeded, the extent is this producer's. The extent has the skip to the end of the lap in
/// it, where there is one. The position is modulo 2^37 bytes: 128 laps of the largest ring, so that it names one
/// position among those that head and tail can be near. Zero: no claim.
#pragma once

#include <cstdint>

#include <logbuf/record.hpp>

/// The word that says what a producer is about to claim. Only computes: never waits, any thread.
namespace logbuf::intent {

inline constexpr unsigned kPositionBits = 34;  ///< of the word, from bit 0
inline constexpr unsigned kExtentBits = 28;    ///< of the word, behind the position's
inline constexpr std::uint64_t kPositionMask = (std::uint64_t{1} << kPositionBits) - 1;   ///< of the word
inline constexpr std::uint64_t kExtentMask = (std::uint64_t{1} << kExtentBits) - 1;       ///< of the word, shifted down
inline constexpr std::uint64_t kWindow_bytes = (kPositionMask + 1) * record::kAlignment;  ///< positions are modulo this
inline constexpr std::uint64_t kWon = std::uint64_t{1} << 63;                             ///< of the word: W

/// The word for a claim of `extent_bytes` at `position`, both multiples of 8; without W. A claim at position 0 (modulo
/// the window) is told from no claim by its extent, which is never 0.
constexpr std::uint64_t pack(Position position, std::uint64_t extent_bytes) noexcept {
  return ((position / record::kAlignment) & kPositionMask) |
         (((extent_bytes / record::kAlignment) & kExtentMask) << kPositionBits);
}

/// Is W set?
constexpr bool won(std::uint64_t word) noexcept {
  return (word & kWon) != 0;
}
/// How many bytes the claim takes, a skip to the end of the lap included; 0: no claim.
constexpr std::uint64_t extent_bytes(std::uint64_t word) noexcept {
  return ((word >> kPositionBits) & kExtentMask) * record::kAlignment;
}

/// How far, in bytes, the claim begins beyond `from` (modulo the window): 0 if it begins there.
constexpr std::uint64_t distance_from(std::uint64_t word, Position from) noexcept {
  return (((word & kPositionMask) - from / record::kAlignment) & kPositionMask) * record::kAlignment;
}

/// Is there a claim, and does it begin at `position`?
constexpr bool begins_at(std::uint64_t word, Position position) noexcept {
  return word != 0 && distance_from(word, position) == 0;
}

}  // namespace logbuf::intent
