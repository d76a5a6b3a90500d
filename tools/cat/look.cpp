#include "look.hpp"

#include <algorithm>
#include <string_view>

#include "item.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

bool is_within_character(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// Where an expression of bytes matches a part of a character, all of it is shown as what matches: cut in two, it would
// be none.
Match whole_characters(std::string_view text, Match match) {
  if (!cli::is_utf8(text)) return match;
  while (is_within_character(text, match.begin)) --match.begin;
  while (is_within_character(text, match.end)) ++match.end;
  return match;
}

}  // namespace

void Look::append_aside(std::string& line, const std::string& text) const {
  line += color && !text.empty() ? cli::dim(text) : text;
}

void Look::append_payload(std::string& line, std::span<const std::byte> payload) const {
  const std::string_view text = as_text(payload);
  const auto shown = [this](std::string_view part) { return for_terminal ? cli::escape(part) : std::string(part); };
  std::size_t at = 0;
  if (color && highlighted != nullptr) {
    for (const Match found : highlighted->matches(payload)) {
      auto [begin, end] = whole_characters(text, found);
      begin = std::max(begin, at);  // the match before may have taken a part of the same character
      if (begin >= end) continue;
      line += shown(text.substr(at, begin - at)) + cli::bold_red(shown(text.substr(begin, end - begin)));
      at = end;
    }
  }
  line += shown(text.substr(at));
}

}  // namespace logbuf::cat
