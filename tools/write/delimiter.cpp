#include "delimiter.hpp"

#include <charconv>
#include <optional>
#include <system_error>

#include "text.hpp"

namespace logbuf::write {
namespace {

std::optional<char> simple_escape(char letter) {
  switch (letter) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '0': return '\0';
    case '\\': return '\\';
    default: return std::nullopt;
  }
}

// "x0a" at the beginning of `text`.
std::optional<char> hex_escape(std::string_view text) {
  if (text.size() < 3 || text[0] != 'x') return std::nullopt;
  unsigned char byte = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
  if (error != std::errc() || end != text.data() + 3) return std::nullopt;
  return static_cast<char>(byte);
}

}  // namespace

std::expected<std::string, std::string> parse_delimiter(std::string_view text) {
  std::string bytes;
  for (std::string_view rest = text; !rest.empty();) {
    if (rest[0] != '\\') {
      bytes += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    rest.remove_prefix(1);
    if (const auto byte = rest.empty() ? std::nullopt : simple_escape(rest[0])) {
      bytes += *byte;
      rest.remove_prefix(1);
    } else if (const auto hex = hex_escape(rest)) {
      bytes += *hex;
      rest.remove_prefix(3);
    } else {
      return std::unexpected("'" + cli::escape(text) +
                             "' has a backslash that means nothing: use \\n \\r \\t \\0 \\\\ or \\xNN");
    }
  }
  if (bytes.empty()) return std::unexpected("a delimiter has at least one byte");
  return bytes;
}

}  // namespace logbuf::write
