#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "duration.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::cli {
namespace {

using Result = std::expected<std::int64_t, std::string>;

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::string_view allowed =
    "give a time as 2026-11-22T05:06:07.5Z, 2026-11-22 05:06 or 2026-11-22, or @1795323967.5 (seconds since 1970), "
    "-5m (before now), now, today or yesterday";

std::unexpected<std::string> wrong(std::string_view text, std::string_view what) {
  return std::unexpected("'" + escape(text) + "' " + std::string(what));
}

std::unexpected<std::string> no_time(std::string_view text) {
  return wrong(text, "is not a time: " + std::string(allowed));
}

// `ns` may be negative, or more than a second.
Result count_ns(std::string_view text, std::int64_t seconds, std::int64_t ns) {
  __extension__ using Wide = __int128;
  const Wide time = Wide{seconds} * second_ns + ns;
  if (time < std::numeric_limits<std::int64_t>::min() || time > std::numeric_limits<std::int64_t>::max()) {
    return wrong(text, "cannot be counted in nanoseconds: give a time of the years 1678 to 2261");
  }
  return static_cast<std::int64_t>(time);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes a text apart from its front; each take_ says whether that was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool at_digit() const { return !rest_.empty() && is_digit(rest_[0]); }

  std::optional<char> take_any_of(std::string_view chars) {
    if (rest_.empty() || !chars.contains(rest_[0])) return std::nullopt;
    const char taken = rest_[0];
    rest_.remove_prefix(1);
    return taken;
  }

  bool take(char c) { return take_any_of(std::string_view(&c, 1)).has_value(); }

  // So many digits exactly, from `least` to `most` in value.
  bool take_number(std::size_t digits, int least, int most, int& number) {
    const std::string_view part = rest_.substr(0, digits);
    if (part.size() != digits || !std::ranges::all_of(part, is_digit)) return false;
    std::from_chars(part.data(), part.data() + part.size(), number);
    rest_.remove_prefix(digits);
    return number >= least && number <= most;
  }

  bool take_whole(std::int64_t& number) {
    if (!at_digit()) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return error == std::errc{};
  }

  // ".5": nothing is nought. A tenth digit is left, and fits nothing that may come next.
  bool take_fraction(std::int64_t& ns) {
    if (!take('.')) return true;
    if (!at_digit()) return false;
    std::int64_t worth = second_ns;
    while (at_digit() && worth > 1) {
      worth /= 10;
      ns += worth * (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return true;
  }

 private:
  std::string_view rest_;
};

Result parse_unix(std::string_view text) {
  Scanner scan(text.substr(1));
  const bool negative = scan.take('-');
  if (!scan.at_digit()) return no_time(text);
  std::int64_t seconds = 0;
  std::int64_t ns = 0;
  // More seconds than 64 bits hold are too many nanoseconds, too.
  if (!scan.take_whole(seconds)) return count_ns(text, std::numeric_limits<std::int64_t>::max(), 0);
  if (!scan.take_fraction(ns) || !scan.at_end()) return no_time(text);
  return negative ? count_ns(text, -seconds, -ns) : count_ns(text, seconds, ns);
}

Result parse_before(std::string_view text, std::int64_t now_ns) {
  const auto before = parse_duration(text.substr(1));
  if (!before) return std::unexpected(before.error());
  const std::int64_t ns = before->count();
  return count_ns(text, now_ns / second_ns - ns / second_ns, now_ns % second_ns - ns % second_ns);
}

Result beginning_of_day(std::string_view text, std::int64_t now_ns, std::int64_t days_ago, Zone zone) {
  using namespace std::chrono;
  const seconds shown{to_clock(floor<seconds>(nanoseconds{now_ns}).count(), zone)};
  return count_ns(text, from_clock((floor<days>(shown).count() - days_ago) * day_s, zone), 0);
}

// "Z", "+01:00"; nothing where there is none. False: it is something else.
bool take_offset(Scanner& scan, std::optional<std::int64_t>& offset_s) {
  if (scan.at_end()) return true;
  offset_s = 0;
  if (scan.take_any_of("Zz")) return true;
  const auto sign = scan.take_any_of("+-");
  int hours = 0;
  int minutes = 0;
  if (!sign || !scan.take_number(2, 0, 23, hours) || !scan.take(':') || !scan.take_number(2, 0, 59, minutes)) {
    return false;
  }
  offset_s = (*sign == '-' ? -60 : 60) * (hours * 60 + minutes);
  return true;
}

// "05:06:07.5": the seconds may be missing. A second 60 is the next minute's first.
bool take_time_of_day(Scanner& scan, std::int64_t& seconds, std::int64_t& ns) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!scan.take_number(2, 0, 23, hour) || !scan.take(':') || !scan.take_number(2, 0, 59, minute)) return false;
  if (scan.take(':') && (!scan.take_number(2, 0, 60, second) || !scan.take_fraction(ns))) return false;
  seconds = hour * 3600 + minute * 60 + second;
  return true;
}

Result parse_date(std::string_view text, Zone zone) {
  using namespace std::chrono;
  Scanner scan(text);
  int y = 0;
  int m = 0;
  int d = 0;
  if (!scan.take_number(4, 0, 9999, y) || !scan.take('-') || !scan.take_number(2, 1, 12, m) || !scan.take('-') ||
      !scan.take_number(2, 1, 31, d)) {
    return no_time(text);
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return wrong(text, "is not a time: that month has fewer days");
  std::int64_t of_day = 0;
  std::int64_t ns = 0;
  std::optional<std::int64_t> offset_s;
  if (!scan.at_end()) {
    if (!scan.take_any_of("Tt ") || !take_time_of_day(scan, of_day, ns) || !take_offset(scan, offset_s) ||
        !scan.at_end()) {
      return no_time(text);
    }
  }
  const std::int64_t clock_s = sys_days{date}.time_since_epoch().count() * day_s + of_day;
  return count_ns(text, offset_s ? clock_s - *offset_s : from_clock(clock_s, zone), ns);
}

}  // namespace

Result parse_time(std::string_view text, std::int64_t now_ns, Zone zone) {
  if (text == "now") return now_ns;
  if (text == "today") return beginning_of_day(text, now_ns, 0, zone);
  if (text == "yesterday") return beginning_of_day(text, now_ns, 1, zone);
  if (text.starts_with('@')) return parse_unix(text);
  if (text.starts_with('-')) return parse_before(text, now_ns);
  return parse_date(text, zone);
}

}  // namespace logbuf::cli
