#include "size.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using logbuf::cli::format_size;
using logbuf::cli::parse_size;

TEST_CASE("a size is a number of bytes or of powers of 1024") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("64K") == 65536);
  CHECK(parse_size("64M") == 67108864);
  CHECK(parse_size("1G") == 1073741824);
  CHECK(parse_size("2T") == 2199023255552);
}

TEST_CASE("a size's unit may be small and may be followed by iB") {
  CHECK(parse_size("64k") == 65536);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("1GiB") == 1073741824);
}

TEST_CASE("what is no size is refused with what was wrong and what is allowed") {
  for (const char* text : {"", "M", "-1", "+1", "1.5G", "64KB", "64 M", "64Mx", " 64M", "64iB", "0x10", "64P"}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size.has_value());
    CHECK(size.error().starts_with("'" + std::string(text) + "' is not a size"));
    CHECK(size.error().find("such as 64M") != std::string::npos);
  }
}

TEST_CASE("a size of more than 64 bits is refused, and the largest is taken") {
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
  CHECK(parse_size("18446744073709551615") == largest);
  CHECK(parse_size("16777215T") == 16777215 * (std::uint64_t{1} << 40));
  for (const char* text : {"18446744073709551616", "16777216T", "99999999999999999999999K"}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size.has_value());
    CHECK(size.error().find("64 bits") != std::string::npos);
  }
}

TEST_CASE("a wrong size is quoted without its control characters") {
  CHECK(parse_size("\x1b[2J").error().find('\x1b') == std::string::npos);
}

TEST_CASE("sizes are shown in the largest unit that they fill") {
  CHECK(format_size(0) == "0");
  CHECK(format_size(1023) == "1023");
  CHECK(format_size(1024) == "1K");
  CHECK(format_size(64 << 20) == "64M");
  CHECK(format_size(1536 << 20) == "1.5G");
  CHECK(format_size(std::uint64_t{3} << 50) == "3072T");
}

TEST_CASE("a size that rounds up to the next unit is shown in that unit") {
  CHECK(format_size((1 << 20) - 1) == "1M");
  CHECK(format_size((1 << 20) - 52 * 1024) == "972K");
  CHECK(format_size(std::numeric_limits<std::uint64_t>::max()) == "16777216T");
}

TEST_CASE("an exact size is read back as the same number of bytes") {
  using logbuf::cli::exact_size;
  CHECK(exact_size(64 << 20) == "64M");
  CHECK(exact_size(1536 << 20) == "1536M");
  CHECK(exact_size(1025) == "1025");
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1023}, std::uint64_t{1} << 40,
                                    std::uint64_t{3} << 50, std::numeric_limits<std::uint64_t>::max()}) {
    CHECK(parse_size(exact_size(bytes)) == bytes);
  }
}
