#include "patterns.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "failure.hpp"
#include "item.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

// Bytes that are no UTF-8 are found by none but an expression of bytes, and characters of several bytes in a class, or
// whatever their case, by none but one of characters: the expression itself shows which it is.
bool is_of_characters(std::string_view re) {
  if (!cli::is_utf8(re)) return false;
  for (std::size_t at = 0; at < re.size(); ++at) {
    if (static_cast<unsigned char>(re[at]) >= 0x80) return true;
    if (re[at] != '\\') continue;
    const std::string_view escaped = re.substr(++at);
    if (escaped.starts_with('p') || escaped.starts_with('P') || escaped.starts_with("x{")) return true;
  }
  return false;
}

std::unique_ptr<re2::RE2> compile(const char* flag, const std::string& re, Patterns::Case letters) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(is_of_characters(re) ? re2::RE2::Options::EncodingUTF8 : re2::RE2::Options::EncodingLatin1);
  options.set_case_sensitive(letters == Patterns::Case::heed);
  options.set_dot_nl(true);  // a newline in a payload is a byte as any other
  auto compiled = std::make_unique<re2::RE2>(re, options);
  if (compiled->ok()) return compiled;
  cli::die(std::string(flag) + ": '" + cli::escape(re) +
               "' is no regular expression: " + cli::escape(compiled->error()) +
               " (a character that is to mean itself takes a \\ before it; logbuf-cat(1) says more)",
           cli::ExitCode::usage);
}

bool any_matches(const std::vector<std::unique_ptr<re2::RE2>>& all, std::string_view payload) {
  return std::ranges::any_of(
      all, [&](const auto& re) { return re->Match(payload, 0, payload.size(), re2::RE2::UNANCHORED, nullptr, 0); });
}

// All of them, one behind the other.
void add_matches(std::vector<Match>& matches, const re2::RE2& re, std::string_view payload) {
  re2::StringPiece found;
  for (std::size_t at = 0; at < payload.size();) {
    if (!re.Match(payload, at, payload.size(), re2::RE2::UNANCHORED, &found, 1)) return;
    const auto begin = static_cast<std::size_t>(found.data() - payload.data());
    const std::size_t end = begin + found.size();
    if (begin < end) matches.push_back({.begin = begin, .end = end});
    at = std::max(end, begin + 1);
  }
}

}  // namespace

Patterns::Patterns() = default;
Patterns::~Patterns() = default;
Patterns::Patterns(Patterns&&) noexcept = default;
Patterns& Patterns::operator=(Patterns&&) noexcept = default;

void Patterns::add(const std::string& re, Case letters) {
  wanted_.push_back(compile("--grep", re, letters));
}

void Patterns::exclude(const std::string& re, Case letters) {
  unwanted_.push_back(compile("--exclude", re, letters));
}

bool Patterns::see(std::span<const std::byte> payload) {
  const std::string_view bytes = as_text(payload);
  const bool wanted = (wanted_.empty() || any_matches(wanted_, bytes)) && !any_matches(unwanted_, bytes);
  seen_ = seen_ || wanted;
  return wanted;
}

std::vector<Match> Patterns::matches(std::span<const std::byte> payload) const {
  std::vector<Match> all;
  for (const auto& re : wanted_) add_matches(all, *re, as_text(payload));
  std::ranges::sort(all, {}, &Match::begin);
  std::vector<Match> merged;
  for (const Match& match : all) {
    if (merged.empty() || match.begin > merged.back().end) {
      merged.push_back(match);
    } else {
      merged.back().end = std::max(merged.back().end, match.end);
    }
  }
  return merged;
}

}  // namespace logbuf::cat
