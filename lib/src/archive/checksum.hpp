// CRC32C (Castagnoli), as in iSCSI and ext4: "123456789" gives 0xe3069283.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace logbuf::archive {

// `before` is the checksum of what stands before these bytes, so that a checksum can be taken in pieces.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace logbuf::archive
