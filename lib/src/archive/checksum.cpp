#include "archive/checksum.hpp"

#include <algorithm>

#include <isa-l/crc.h>

namespace logbuf::archive {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // isa-l takes an int
  std::uint32_t state = ~before;
  while (!bytes.empty()) {
    const std::size_t piece = std::min(bytes.size(), kPiece);
    // isa-l's signature lacks a const; it does not write.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(piece), state);
    bytes = bytes.subspan(piece);
  }
  return ~state;
}

}  // namespace logbuf::archive
