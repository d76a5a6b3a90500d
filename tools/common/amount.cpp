#include "amount.hpp"

#include <charconv>
#include <system_error>

namespace logbuf::cli {

std::optional<Amount> split_amount(std::string_view text) {
  Amount amount{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.number);
  if (error == std::errc::invalid_argument) return std::nullopt;
  amount.overflow = error == std::errc::result_out_of_range;
  amount.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return amount;
}

std::string format_amount(std::uint64_t number, std::span<const Unit> units) {
  std::size_t i = units.size() - 1;
  while (i > 0 && number < units[i].worth) --i;
  for (;; ++i) {
    const std::uint64_t worth = units[i].worth;
    std::uint64_t whole = number / worth;
    // The remainder is rounded to tenths in 128 bits: ten times a remainder may not fit into 64.
    __extension__ using Wide = unsigned __int128;
    std::uint64_t tenths = static_cast<std::uint64_t>((Wide{number % worth} * 10 + worth / 2) / worth);
    if (tenths == 10) {
      ++whole;
      tenths = 0;
    }
    // Rounded up to a full next unit: 1023.96K is 1M.
    const bool fills_next = i + 1 < units.size() && whole * worth >= units[i + 1].worth;
    if (fills_next) continue;
    std::string text = std::to_string(whole);
    if (tenths != 0) text += '.' + std::to_string(tenths);
    text += units[i].name;
    return text;
  }
}

std::string exact_amount(std::uint64_t number, std::span<const Unit> units) {
  std::size_t i = number == 0 ? 0 : units.size() - 1;
  while (i > 0 && number % units[i].worth != 0) --i;
  return std::to_string(number / units[i].worth).append(units[i].name);
}

}  // namespace logbuf::cli
