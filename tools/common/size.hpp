// Sizes as people write them: 4096, 64K, 64M, 1G. K, M, G and T are powers of 1024.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace logbuf::cli {

// A whole number of bytes, or of K, M, G or T (small letters and a following "iB" are taken too: 64k, 64KiB).
// The error is a sentence: what was wrong, and what is allowed.
std::expected<std::uint64_t, std::string> parse_size(std::string_view text);

// "512", "64M", "1.5G": for people, rounded to one decimal.
std::string format_size(std::uint64_t bytes);
// "1536M": what parse_size() reads as exactly so many.
std::string exact_size(std::uint64_t bytes);

}  // namespace logbuf::cli
