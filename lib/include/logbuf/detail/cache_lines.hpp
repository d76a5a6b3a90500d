// Lines of the ring that are fetched from another processor before they are needed. Not for direct use.
#pragma once

#include <cstddef>
#include <cstdint>

#include <logbuf/record.hpp>

namespace logbuf::detail {

// Begins to fetch a line that is about to be changed. A load alone would fetch it to share, and the store behind it
// would have to ask the other processors again.
inline void fetch_to_write(const void* at) noexcept {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));  // what the builtin gives only with -mprfchw
#else
  __builtin_prefetch(at, 1);
#endif
}

// The lines of a ring that begin in [from, from + bytes): each once, where such ranges follow each other. A hint:
// nothing is read or changed.
inline void fetch_to_write(std::byte* ring, std::uint64_t capacity, Position from, std::uint64_t bytes) noexcept {
  constexpr std::uint64_t line = 64;
  constexpr std::uint64_t at_most = 32 * line;  // what is longer is a stream, which processors know by themselves
  const Position end = from + (bytes < at_most ? bytes : at_most);
  for (Position at = (from + line - 1) & ~(line - 1); at < end; at += line)
    fetch_to_write(ring + (at & (capacity - 1)));
}

}  // namespace logbuf::detail
