#include "text.hpp"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <boost/locale/utf.hpp>

namespace logbuf::cli {
namespace {

namespace utf = boost::locale::utf;

bool is_character(utf::code_point c) {
  return c != utf::illegal && c != utf::incomplete;
}

bool is_harmless(utf::code_point c) {
  const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  // Line and paragraph separators, embeddings, overrides, isolates: what is shown would not be what was
  // logged.
  const bool turns_text = (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !is_control && !turns_text;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    if (!is_character(utf::utf_traits<char>::decode(at, end))) return false;
  }
  return true;
}

std::string escape(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    const char* next = at;
    const utf::code_point c = utf::utf_traits<char>::decode(next, end);
    if (is_character(c) && is_harmless(c)) {
      text.append(at, next);
      at = next;
      continue;
    }
    // Of a broken sequence one byte only: what follows may be whole.
    if (!is_character(c)) next = at + 1;
    while (at != next) {
      text += "\\x";
      append_hex(text, static_cast<unsigned char>(*at++), 2);
    }
  }
  return text;
}

std::string counted(std::uint64_t number, const std::string& one) {
  return std::to_string(number) + ' ' + one + (number == 1 ? "" : "s");
}

void append_hex(std::string& text, std::uint64_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 0xf];
}

std::string base64(std::span<const std::byte> bytes) {
  namespace it = boost::archive::iterators;
  using Encoder = it::base64_from_binary<it::transform_width<const char*, 6, 8>>;
  // Boost's iterators read past the end of input that is no multiple of three: the last group is filled up by
  // hand.
  const std::size_t whole = bytes.size() / 3 * 3;
  const auto* const data = reinterpret_cast<const char*>(bytes.data());
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  text.assign(Encoder(data), Encoder(data + whole));
  if (const std::size_t rest = bytes.size() - whole; rest != 0) {
    char group[3] = {};
    for (std::size_t i = 0; i < rest; ++i) group[i] = data[whole + i];
    text.append(Encoder(static_cast<const char*>(group)), Encoder(static_cast<const char*>(group) + 3));
    text.replace(text.size() - (3 - rest), 3 - rest, 3 - rest, '=');
  }
  return text;
}

std::string uuid_text(const std::array<std::byte, 16>& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    append_hex(text, std::to_integer<unsigned>(uuid[i]), 2);
  }
  return text;
}

}  // namespace logbuf::cli
