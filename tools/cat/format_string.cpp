#include "format_string.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <iterator>
#include <utility>

#include "failure.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

namespace po = boost::program_options;

struct Token {
  char letter;
  RecordField field;
  std::string_view what;
};

constexpr Token tokens[] = {
    {'s', RecordField::seq, "seq"},
    {'o', RecordField::position, "position"},
    {'t', RecordField::time, "time"},
    {'p', RecordField::slot, "producer's slot"},
    {'n', RecordField::name, "its name"},
    {'T', RecordField::type, "type"},
    {'l', RecordField::length, "length"},
    {'d', RecordField::payload, "payload"},
    {'x', RecordField::hex, "payload in hex"},
};

struct Escape {
  char letter;
  char character;
};

constexpr Escape escapes[] = {{'n', '\n'}, {'t', '\t'}, {'0', '\0'}, {'\\', '\\'}};

// With the whole character behind the '%' or the backslash.
std::string shown(std::string_view text) {
  std::size_t bytes = 2;
  while (bytes <= 5 && !cli::is_utf8(text.substr(0, bytes))) ++bytes;
  return "'" + cli::escape(text.substr(0, bytes <= 5 ? bytes : 2)) + "'";
}

std::unexpected<std::string> unknown_token(std::string_view from_percent) {
  std::string known;
  for (const Token& token : tokens) known += std::string("%") + token.letter + ' ' + std::string(token.what) + ", ";
  return std::unexpected((from_percent.size() == 1 ? "a '%' at the end" : shown(from_percent)) +
                         " stands for nothing: there are " + known + "and %% for a '%'");
}

std::unexpected<std::string> unknown_escape(std::string_view from_backslash) {
  return std::unexpected((from_backslash.size() == 1 ? "a '\\' at the end" : shown(from_backslash)) +
                         " stands for nothing: there are \\n newline, \\t tab, \\0 zero byte, and \\\\ for a '\\'");
}

}  // namespace

bool FormatString::has(RecordField field) const {
  return std::ranges::any_of(parts, [&](const auto& part) {
    const auto* const its = std::get_if<RecordField>(&part);
    return its != nullptr && *its == field;
  });
}

std::expected<FormatString, std::string> parse_format(std::string_view text) {
  FormatString format;
  std::string literal;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '%' && c != '\\') {
      literal += c;
      continue;
    }
    const std::string_view rest = text.substr(at++);
    const char letter = at < text.size() ? text[at] : '\0';
    if (c == '\\') {
      const auto* const escape = std::ranges::find(escapes, letter, &Escape::letter);
      if (escape == std::end(escapes)) return unknown_escape(rest);
      literal += escape->character;
    } else if (letter == '%') {
      literal += '%';
    } else {
      const auto* const token = std::ranges::find(tokens, letter, &Token::letter);
      if (token == std::end(tokens)) return unknown_token(rest);
      if (!literal.empty()) format.parts.emplace_back(std::exchange(literal, {}));
      format.parts.emplace_back(token->field);
    }
  }
  if (!literal.empty()) format.parts.emplace_back(std::move(literal));
  return format;
}

void validate(boost::any& out, const std::vector<std::string>& values, std::optional<FormatString>*, int) {
  po::validators::check_first_occurrence(out);
  auto format = parse_format(po::validators::get_single_string(values));
  // Not a BadValue, in which Boost would put something in the place of %words%.
  if (!format) cli::die("--format: " + format.error() + " (try --help)", cli::ExitCode::usage);
  out = std::optional(std::move(*format));
}

}  // namespace logbuf::cat
