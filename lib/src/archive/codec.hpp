// Compressing a block's payload, by the libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "archive/format.hpp"

namespace logbuf::archive {

// Compresses into `into`, which grows as needed; nothing where that would not be shorter. `level`: zstd's, 1 to 19.
std::optional<std::span<const std::byte>> compress(format::Codec codec, int level, std::span<const std::byte> payload,
                                                   std::vector<std::byte>& into);

// Fills `into` exactly; false if the stored bytes do not. Safe with any bytes.
bool decompress(format::Codec codec, std::span<const std::byte> stored, std::span<std::byte> into) noexcept;

}  // namespace logbuf::archive
