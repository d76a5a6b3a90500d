#include "cells.hpp"

#include <langinfo.h>

#include <algorithm>
#include <array>
#include <boost/locale/utf.hpp>
#include <cmath>
#include <cwchar>

#include "amount.hpp"
#include "duration.hpp"
#include "size.hpp"
#include "text.hpp"

namespace logbuf::stat {
namespace {

namespace utf = boost::locale::utf;

constexpr std::array<cli::Unit, 5> kThousands{
    {{"", 1}, {"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}, {"T", 1'000'000'000'000}}};

// What llround() takes, and more than any ring does.
constexpr double kLargestRate = 1e15;

std::uint64_t rounded(double per_second) {
  return static_cast<std::uint64_t>(std::llround(std::clamp(per_second, 0.0, kLargestRate)));
}

struct Character {
  std::string_view bytes;
  std::size_t width;  // 0: the locale does not know it, or it is drawn over the one before
};

Character first_character(std::string_view text) {
  const char* at = text.data();
  const utf::code_point c = utf::utf_traits<char>::decode(at, text.data() + text.size());
  if (c == utf::illegal || c == utf::incomplete) return {text.substr(0, 1), 0};
  const int width = c < 0x7f ? (c >= 0x20 ? 1 : 0) : ::wcwidth(static_cast<wchar_t>(c));
  return {text.substr(0, static_cast<std::size_t>(at - text.data())), static_cast<std::size_t>(std::max(width, 0))};
}

// A count with what may stand behind it, as in "1234567!".
std::string with_fewer_digits(std::string_view text) {
  const auto amount = cli::split_amount(text);
  const bool is_count = amount && !amount->overflow && (amount->unit.empty() || amount->unit == "!");
  return is_count ? cli::format_amount(amount->number, kThousands).append(amount->unit) : std::string(text);
}

std::string fit_number(std::string_view text, std::size_t width) {
  const std::string shorter = with_fewer_digits(text);
  if (shorter.size() > width) return std::string(width, '#');
  return std::string(width - shorter.size(), ' ') + shorter;
}

}  // namespace

Charset charset_of_locale() {
  return std::string_view(::nl_langinfo(CODESET)) == "UTF-8" ? Charset::utf8 : Charset::ascii;
}

std::string shown(std::string_view bytes, Charset charset) {
  const std::string escaped = cli::escape(bytes);
  std::string text;
  for (std::string_view rest = escaped; !rest.empty();) {
    const Character c = first_character(rest);
    rest.remove_prefix(c.bytes.size());
    const bool is_ascii = c.bytes.size() == 1;
    if (c.width != 0 && (is_ascii || charset == Charset::utf8)) {
      text += c.bytes;
      continue;
    }
    for (const char byte : c.bytes) {
      text += "\\x";
      cli::append_hex(text, static_cast<unsigned char>(byte), 2);
    }
  }
  return text;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    width += c.width;
    text.remove_prefix(c.bytes.size());
  }
  return width;
}

std::string fit(std::string_view text, std::size_t width, Align align, Charset charset) {
  const std::size_t wanted = width_of(text);
  if (wanted <= width) {
    const std::string blanks(width - wanted, ' ');
    return align == Align::left ? std::string(text) + blanks : blanks + std::string(text);
  }
  if (align == Align::right) return fit_number(text, width);
  std::string cut;
  std::size_t taken = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    if (taken + c.width + 1 > width) break;
    cut += c.bytes;
    taken += c.width;
    text.remove_prefix(c.bytes.size());
  }
  if (taken < width) {
    cut += charset == Charset::utf8 ? "…" : "~";
    ++taken;
  }
  return cut + std::string(width - taken, ' ');
}

std::string bar(double fraction, std::size_t width, Charset charset) {
  static constexpr std::array<const char*, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const std::size_t steps = charset == Charset::utf8 ? parts.size() : 1;
  const double exact = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width * steps);
  const auto filled = static_cast<std::size_t>(exact);
  std::string text;
  for (std::size_t i = 0; i < filled / steps; ++i) text += charset == Charset::utf8 ? "█" : "#";
  text += parts[filled % steps];
  const std::size_t taken = (filled + steps - 1) / steps;
  return text + std::string(width - taken, charset == Charset::utf8 ? ' ' : '.');
}

std::string count_text(std::uint64_t count) {
  constexpr std::uint64_t shortest_cut = 100'000;
  return count < shortest_cut ? std::to_string(count) : cli::format_amount(count, kThousands);
}

std::string rate_text(double per_second) {
  constexpr double small = 9.95;
  if (per_second >= small || per_second <= 0) return cli::format_amount(rounded(per_second), kThousands);
  const std::uint64_t tenths = std::max<std::uint64_t>(rounded(per_second * 10), 1);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::string bytes_rate_text(double per_second) {
  return cli::format_size(rounded(per_second));
}

std::string lag_text(const rings::Lag& lag) {
  if (lag.time <= std::chrono::nanoseconds(0)) return lag.perhaps_longer ? ">0" : "0";
  // To the millisecond: it is known no better than that.
  const auto rough = std::chrono::ceil<std::chrono::milliseconds>(lag.time);
  return (lag.perhaps_longer ? ">" : "") + cli::format_duration(rough);
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(whole == 0 ? 0 : part * 100 / whole) + '%';
}

}  // namespace logbuf::stat
