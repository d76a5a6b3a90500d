#include "time_text.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace logbuf::cli {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct Instant {
  std::int64_t second;
  std::int64_t ns;  // from 0 on, also before 1970
};

Instant split(std::int64_t time_ns) {
  const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds{time_ns}).count();
  // Unsigned: near the least of all values, the second's beginning does not fit.
  const auto ns = static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(second) * second_ns;
  return {.second = second, .ns = static_cast<std::int64_t>(ns)};
}

std::string seconds_text(char sign, std::uint64_t magnitude_ns) {
  char text[64];
  std::snprintf(text, sizeof text, "%c%llu.%09llu", sign, static_cast<unsigned long long>(magnitude_ns / second_ns),
                static_cast<unsigned long long>(magnitude_ns % second_ns));
  return text;
}

// RFC 3339 knows whole minutes only; zones of long ago have seconds too.
std::int64_t whole_minutes(std::int64_t offset_s) {
  return (offset_s + (offset_s < 0 ? -30 : 30)) / 60;
}

std::string offset_text(std::int64_t minutes, Zone zone) {
  if (zone == Zone::utc) return "Z";
  char text[32];
  std::snprintf(text, sizeof text, "%c%02lld:%02lld", minutes < 0 ? '-' : '+', std::llabs(minutes) / 60,
                std::llabs(minutes) % 60);
  return text;
}

}  // namespace

std::int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

std::string time_text(std::int64_t time_ns, Zone zone) {
  using namespace std::chrono;
  const Instant instant = split(time_ns);
  const std::int64_t offset_minutes = whole_minutes(to_clock(instant.second, zone) - instant.second);
  const seconds shown{instant.second + offset_minutes * 60};
  const auto day = floor<days>(shown);
  const year_month_day date{sys_days{day}};
  const auto of_day = static_cast<long long>((shown - day).count());
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02lld:%02lld:%02lld.%09lld", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600, of_day / 60 % 60,
                of_day % 60, static_cast<long long>(instant.ns));
  return text + offset_text(offset_minutes, zone);
}

std::string unix_time_text(std::int64_t time_ns) {
  const auto bits = static_cast<std::uint64_t>(time_ns);
  if (time_ns >= 0) return '@' + seconds_text('+', bits).substr(1);
  return '@' + seconds_text('-', 0 - bits);
}

std::string time_step_text(std::int64_t from_ns, std::int64_t to_ns) {
  const std::uint64_t step = static_cast<std::uint64_t>(to_ns) - static_cast<std::uint64_t>(from_ns);
  return to_ns < from_ns ? seconds_text('-', 0 - step) : seconds_text('+', step);
}

}  // namespace logbuf::cli
