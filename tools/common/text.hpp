// Bytes from others, made fit to be shown, quoted or put into JSON.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace logbuf::cli {

// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. Empty is.
bool is_utf8(std::string_view bytes);

// For a terminal: control characters (tab and newline too), the characters that turn the direction of text,
// and bytes that are not UTF-8 become \xNN, a byte each; the rest stays. A backslash stays as well, so this
// is for eyes: it cannot be undone.
std::string escape(std::string_view bytes);

// "1 record", "2 records"
std::string counted(std::uint64_t number, const std::string& one);

// The last `digits` digits of the value, small letters among them.
void append_hex(std::string& text, std::uint64_t value, int digits);

// RFC 4648, with padding, in one line.
std::string base64(std::span<const std::byte> bytes);

// 01234567-89ab-cdef-0123-456789abcdef
std::string uuid_text(const std::array<std::byte, 16>& uuid);

}  // namespace logbuf::cli
