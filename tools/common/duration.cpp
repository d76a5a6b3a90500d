#include "duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "amount.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::array<Unit, 7> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", second_ns},
                                     {"m", 60 * second_ns},
                                     {"h", 3'600 * second_ns},
                                     {"d", 86'400 * second_ns}}};

constexpr std::string_view allowed = "give a whole number of ns, us, ms, s, m, h or d, such as 10ms";
constexpr auto longest_ns = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

}  // namespace

std::expected<std::chrono::nanoseconds, std::string> parse_duration(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected("'" + escape(text) + "' " + std::string(why) + ": " + std::string(allowed));
  };
  const auto amount = split_amount(text);
  if (!amount) return wrong("is not a duration");
  if (amount->unit.empty()) {
    if (amount->number == 0 && !amount->overflow) return std::chrono::nanoseconds{0};
    return wrong("has no unit");
  }
  const auto unit = std::ranges::find(units, amount->unit, &Unit::name);
  if (unit == units.end()) return wrong("is not a duration");
  if (amount->overflow || amount->number > longest_ns / unit->worth) {
    return wrong("is longer than 292 years, the most that is possible");
  }
  return std::chrono::nanoseconds{static_cast<std::int64_t>(amount->number * unit->worth)};
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) return "-" + format_amount(0 - count, units);
  if (count == 0) return "0s";
  return format_amount(count, units);
}

std::string exact_duration(std::chrono::nanoseconds duration) {
  return exact_amount(static_cast<std::uint64_t>(duration.count()), units);
}

}  // namespace logbuf::cli
