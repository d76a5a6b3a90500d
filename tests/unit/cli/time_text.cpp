#include "time_text.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

using logbuf::cli::parse_time;
using logbuf::cli::time_step_text;
using logbuf::cli::time_text;
using logbuf::cli::unix_time_text;
using logbuf::cli::Zone;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t now_ns = 1'795'323'967 * second_ns + 8;  // 2026-11-22T05:06:07.000000008Z
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

// The zone of this process, until the test ends.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;
  ~LocalZone() {
    unsetenv("TZ");
    tzset();
  }
};

// An hour east of UTC; two from the last Sunday of March, 02:00, to the last Sunday of October, 03:00.
constexpr const char* central_europe = "CET-1CEST,M3.5.0,M10.5.0/3";
// Three hours west; in October the clocks go from 24:00 on Saturday to 01:00 on Sunday.
constexpr const char* change_at_midnight = "AAA3BBB,M10.3.0/0,M2.3.0/0";

std::int64_t utc(const std::string& text) {
  const auto time = parse_time(text, now_ns, Zone::utc);
  REQUIRE(time.has_value());
  return *time;
}

std::int64_t local(const std::string& text, std::int64_t now = now_ns) {
  const auto time = parse_time(text, now);
  REQUIRE(time.has_value());
  return *time;
}

}  // namespace

TEST_CASE("a time is a date, or a date and as much of the time of day as one likes") {
  CHECK(utc("2026-11-22T05:06:07.000000008Z") == now_ns);
  CHECK(utc("2026-11-22t05:06:07.000000008z") == now_ns);
  CHECK(utc("2026-11-22 05:06:07.000000008") == now_ns);
  CHECK(utc("2026-11-22T05:06:07") == now_ns - 8);
  CHECK(utc("2026-11-22T05:06:07.5") == now_ns - 8 + second_ns / 2);
  CHECK(utc("2026-11-22T05:06") == now_ns - 8 - 7 * second_ns);
  CHECK(utc("2026-11-22") == now_ns - 8 - (5 * 3600 + 6 * 60 + 7) * second_ns);
  CHECK(utc("1969-12-31T23:59:59.999999999Z") == -1);
  CHECK(utc("2024-02-29") == utc("2024-03-01") - 86'400 * second_ns);
  CHECK(utc("2016-12-31T23:59:60Z") == utc("2017-01-01"));
}

TEST_CASE("a time with an offset is the same in every zone") {
  const LocalZone zone(central_europe);
  for (const Zone given : {Zone::local, Zone::utc}) {
    CHECK(parse_time("2026-11-22T06:06:07.000000008+01:00", now_ns, given) == now_ns);
    CHECK(parse_time("2026-11-21T23:36:07.000000008-05:30", now_ns, given) == now_ns);
    CHECK(parse_time("2026-11-22T05:06:07.000000008-00:00", now_ns, given) == now_ns);
  }
}

TEST_CASE("a time without an offset is one of the local zone, in summer and in winter") {
  const LocalZone zone(central_europe);
  CHECK(local("2026-11-22T06:06:07.000000008") == now_ns);
  CHECK(local("2026-07-01") == utc("2026-06-30T22:00Z"));
  CHECK(local("2026-12-01") == utc("2026-11-30T23:00Z"));
}

TEST_CASE("a local time that the clocks show twice is the first one") {
  const LocalZone zone(central_europe);
  CHECK(local("2026-10-25T02:30") == utc("2026-10-25T00:30Z"));
  CHECK(local("2026-10-25T03:00") == utc("2026-10-25T02:00Z"));
}

TEST_CASE("a local time that the clocks jump over is the moment of the jump") {
  const LocalZone zone(central_europe);
  CHECK(local("2026-03-29T02:00") == utc("2026-03-29T01:00Z"));
  CHECK(local("2026-03-29T02:30") == utc("2026-03-29T01:00Z"));
  CHECK(local("2026-03-29T02:59:59") == utc("2026-03-29T01:00Z"));
  CHECK(local("2026-03-29T03:00") == utc("2026-03-29T01:00Z"));
  CHECK(local("2026-03-29T01:59:59") == utc("2026-03-29T00:59:59Z"));
}

TEST_CASE("today and yesterday are the beginnings of the zone's days, however long those are") {
  const LocalZone zone(central_europe);
  const std::int64_t late = utc("2026-03-29T22:30Z");  // 00:30 of the 30th
  CHECK(local("today", late) == utc("2026-03-29T22:00Z"));
  CHECK(local("yesterday", late) == utc("2026-03-28T23:00Z"));
  CHECK(parse_time("today", late, Zone::utc) == utc("2026-03-29"));
  CHECK(parse_time("yesterday", late, Zone::utc) == utc("2026-03-28"));
  CHECK(parse_time("now", late, Zone::utc) == late);
}

TEST_CASE("a day that has no midnight begins when the clocks jump over it") {
  const LocalZone zone(change_at_midnight);
  CHECK(local("2026-10-18") == utc("2026-10-18T03:00Z"));
  CHECK(local("today", utc("2026-10-18T12:00Z")) == utc("2026-10-18T03:00Z"));
}

TEST_CASE("a duration with a minus is so long before now") {
  CHECK(utc("-5m") == now_ns - 300 * second_ns);
  CHECK(utc("-7ns") == now_ns - 7);
  CHECK(utc("-0") == now_ns);
  CHECK(parse_time("-7ns", 3, Zone::utc) == -4);
  CHECK_FALSE(parse_time("-106751d", least, Zone::utc).has_value());
}

TEST_CASE("seconds since 1970 have an @ and a fraction or none") {
  CHECK(utc("@1795323967.000000008") == now_ns);
  CHECK(utc("@1795323967") == now_ns - 8);
  CHECK(utc("@0.5") == second_ns / 2);
  CHECK(utc("@-1.5") == -second_ns - second_ns / 2);
  CHECK(utc("@-0.000000001") == -1);
}

TEST_CASE("what is no time is refused with what is allowed") {
  for (const char* text : {"",
                           " ",
                           "@",
                           "@-",
                           "@+1",
                           "@.5",
                           "@1.",
                           "@1.0000000001",
                           "@1 ",
                           "@1s",
                           "@--1",
                           "noon",
                           "Now",
                           "-",
                           "-5",
                           "-5M",
                           "--5m",
                           "+5m",
                           "5m",
                           "2026",
                           "20261122",
                           "2026-11",
                           "2026-1-2",
                           "2026-00-01",
                           "2026-13-01",
                           "2026-11-31",
                           "2026-02-29",
                           "2026-11-00",
                           "02026-11-22",
                           "2026-11-22T",
                           "2026-11-22Z",
                           "2026-11-22T5:06",
                           "2026-11-22T05",
                           "2026-11-22T24:00",
                           "2026-11-22T05:60",
                           "2026-11-22T05:06:61",
                           "2026-11-22T05:06:07.",
                           "2026-11-22T05:06.5",
                           "2026-11-22T05:06:07.0000000001",
                           "2026-11-22T05:06:07+1",
                           "2026-11-22T05:06:07+0100",
                           "2026-11-22T05:06:07+24:00",
                           "2026-11-22T05:06:07ZZ",
                           "2026-11-22  05:06",
                           "2026-11-22T05:06:07 Z"}) {
    CAPTURE(text);
    const auto time = parse_time(text, now_ns, Zone::utc);
    REQUIRE_FALSE(time.has_value());
    CHECK(
        (time.error().find("is not a ") != std::string::npos || time.error().find("has no unit") != std::string::npos));
  }
}

TEST_CASE("a time that 64 bits of nanoseconds cannot hold is refused, and the first and the last are taken") {
  CHECK(utc("1677-09-21T00:12:43.145224192Z") == least);
  CHECK(utc("2262-04-11T23:47:16.854775807Z") == most);
  for (const char* text :
       {"1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0000-01-01", "9999-12-31",
        "@9223372036.854775808", "@-9223372036.854775809", "@9223372036854775808", "@-99999999999999999999999"}) {
    CAPTURE(text);
    const auto time = parse_time(text, now_ns, Zone::utc);
    REQUIRE_FALSE(time.has_value());
    CHECK(time.error().find("1678 to 2261") != std::string::npos);
  }
}

TEST_CASE("times are shown with nanoseconds, in UTC or with the offset of the zone at that time") {
  const LocalZone zone(central_europe);
  CHECK(time_text(now_ns) == "2026-11-22T05:06:07.000000008Z");
  CHECK(time_text(now_ns, Zone::local) == "2026-11-22T06:06:07.000000008+01:00");
  CHECK(time_text(utc("2026-07-01"), Zone::local) == "2026-07-01T02:00:00.000000000+02:00");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(unix_time_text(now_ns) == "@1795323967.000000008");
  CHECK(unix_time_text(-1) == "@-0.000000001");
  CHECK(unix_time_text(least) == "@-9223372036.854775808");
}

TEST_CASE("what is shown is read back to the nanosecond, in every zone") {
  for (const char* name :
       {"UTC0", central_europe, change_at_midnight, "XXX-05:45", "XXX3:30", "XXX0:19:32", "XXX-0:19:28"}) {
    const LocalZone zone(name);
    CAPTURE(name);
    for (const std::int64_t time : {least, least + 1, -second_ns - 1, std::int64_t{-1}, std::int64_t{0}, now_ns,
                                    utc("2026-10-25T00:30Z"), utc("2026-10-25T01:30Z"), most}) {
      CHECK(parse_time(time_text(time), now_ns) == time);
      CHECK(parse_time(time_text(time, Zone::local), now_ns) == time);
      CHECK(parse_time(unix_time_text(time), now_ns) == time);
    }
  }
}

TEST_CASE("a step from one time to another has a sign and nanoseconds") {
  CHECK(time_step_text(5, 5) == "+0.000000000");
  CHECK(time_step_text(now_ns, now_ns + 1234) == "+0.000001234");
  CHECK(time_step_text(now_ns, now_ns - 3 * second_ns / 2) == "-1.500000000");
  CHECK(time_step_text(least, most) == "+18446744073.709551615");
}
