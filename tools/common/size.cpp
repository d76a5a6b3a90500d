#include "size.hpp"

#include <array>
#include <limits>

#include "amount.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

constexpr std::array<Unit, 5> units{{{"", 1},
                                     {"K", std::uint64_t{1} << 10},
                                     {"M", std::uint64_t{1} << 20},
                                     {"G", std::uint64_t{1} << 30},
                                     {"T", std::uint64_t{1} << 40}}};

constexpr std::string_view allowed =
    "give a whole number of bytes, or one of K, M, G or T (powers of 1024), such as 64M";

const Unit* find_unit(std::string_view name) {
  if (name.size() == 3 && name.ends_with("iB")) name.remove_suffix(2);
  for (const Unit& unit : units) {
    const bool same = name == unit.name;
    const bool same_but_small = name.size() == 1 && unit.name.size() == 1 && name[0] == (unit.name[0] | 0x20);
    if (same || same_but_small) return &unit;
  }
  return nullptr;
}

}  // namespace

std::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected("'" + escape(text) + "' is " + std::string(why) + ": " + std::string(allowed));
  };
  const auto amount = split_amount(text);
  if (!amount) return wrong("not a size");
  const Unit* unit = find_unit(amount->unit);
  if (unit == nullptr) return wrong("not a size");
  if (amount->overflow || amount->number > std::numeric_limits<std::uint64_t>::max() / unit->worth) {
    return wrong("more than 64 bits can count");
  }
  return amount->number * unit->worth;
}

std::string format_size(std::uint64_t bytes) {
  return format_amount(bytes, units);
}

std::string exact_size(std::uint64_t bytes) {
  return exact_amount(bytes, units);
}

}  // namespace logbuf::cli
