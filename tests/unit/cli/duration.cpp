#include "duration.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using logbuf::cli::format_duration;
using logbuf::cli::parse_duration;
using namespace std::chrono_literals;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration("7ns") == 7ns);
  CHECK(parse_duration("250us") == 250us);
  CHECK(parse_duration("10ms") == 10ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("3m") == 3min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("7d") == 168h);
}

TEST_CASE("only nought is a duration without a unit") {
  CHECK(parse_duration("0") == 0s);
  const auto duration = parse_duration("5");
  REQUIRE_FALSE(duration.has_value());
  CHECK(duration.error().find("'5' has no unit") != std::string::npos);
  CHECK_FALSE(parse_duration("99999999999999999999999").has_value());
}

TEST_CASE("what is no duration is refused with what was wrong and what is allowed") {
  for (const char* text : {"", "s", "-5m", "1.5s", "5 s", "5sec", "5S", "5M", "1h30m"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration.has_value());
    CHECK(duration.error().starts_with("'" + std::string(text) + "' is not a duration"));
    CHECK(duration.error().find("such as 10ms") != std::string::npos);
  }
}

TEST_CASE("a duration that 63 bits of nanoseconds cannot hold is refused, and the longest is taken") {
  CHECK(parse_duration("9223372036854775807ns") == std::chrono::nanoseconds::max());
  CHECK(parse_duration("106751d").has_value());
  CHECK_FALSE(parse_duration("9223372036854775808ns").has_value());
  CHECK_FALSE(parse_duration("106752d").has_value());
  CHECK_FALSE(parse_duration("99999999999999999999999s").has_value());
}

TEST_CASE("durations are shown in the largest unit that they fill") {
  CHECK(format_duration(0ns) == "0s");
  CHECK(format_duration(999ns) == "999ns");
  CHECK(format_duration(250us) == "250us");
  CHECK(format_duration(1500ms) == "1.5s");
  CHECK(format_duration(90min) == "1.5h");
  CHECK(format_duration(168h) == "7d");
  CHECK(format_duration(-5min) == "-5m");
  CHECK(format_duration(std::chrono::nanoseconds::min()) == "-106752d");
}

TEST_CASE("a duration that rounds up to the next unit is shown in that unit") {
  CHECK(format_duration(999'999us) == "1s");
  CHECK(format_duration(59'990ms) == "1m");
}

TEST_CASE("an exact duration is read back as the same") {
  using logbuf::cli::exact_duration;
  CHECK(exact_duration(1500ms) == "1500ms");
  CHECK(exact_duration(168h) == "7d");
  for (const std::chrono::nanoseconds time :
       {std::chrono::nanoseconds(0), std::chrono::nanoseconds(61s), std::chrono::nanoseconds::max()}) {
    CHECK(parse_duration(exact_duration(time)) == time);
  }
}
