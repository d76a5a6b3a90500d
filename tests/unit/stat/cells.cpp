#include "cells.hpp"

#include "support.hpp"

using namespace stat_test;

TEST_CASE("what a name does to a terminal is escaped, and what has no width of its own") {
  use_utf8();
  CHECK(shown("feed-1", Charset::utf8) == "feed-1");
  CHECK(shown("f\x1b[2Jd\n", Charset::utf8) == "f\\x1b[2Jd\\x0a");
  CHECK(shown("\xff", Charset::utf8) == "\\xff");
  CHECK(shown("a\u202eb", Charset::utf8) == "a\\xe2\\x80\\xaeb");
  CHECK(shown("e\u0301", Charset::utf8) == "e\\xcc\\x81");
  CHECK(shown("a\u200bb", Charset::utf8) == "a\\xe2\\x80\\x8bb");
  CHECK(shown("fäed", Charset::utf8) == "fäed");
  CHECK(shown("fäed", Charset::ascii) == "f\\xc3\\xa4ed");
}

TEST_CASE("a wide character takes two columns, and is not cut in halves") {
  use_utf8();
  CHECK(width_of("日本") == 4);
  CHECK(fit("日本", 4, Align::left, Charset::utf8) == "日本");
  CHECK(fit("日本", 3, Align::left, Charset::utf8) == "日…");
  CHECK(fit("日本", 2, Align::left, Charset::utf8) == "… ");
  CHECK(fit("日本", 6, Align::right, Charset::utf8) == "  日本");
}

TEST_CASE("what is cut says so") {
  use_utf8();
  CHECK(fit("orders", 6, Align::left, Charset::utf8) == "orders");
  CHECK(fit("orders", 5, Align::left, Charset::utf8) == "orde…");
  CHECK(fit("orders", 1, Align::left, Charset::ascii) == "~");
  CHECK(fit("orders", 0, Align::left, Charset::ascii) == "");
}

TEST_CASE("a number is never cut to another: it loses digits, or there is a row of #") {
  CHECK(fit("1234567", 7, Align::right, Charset::utf8) == "1234567");
  CHECK(fit("1234567", 6, Align::right, Charset::utf8) == "  1.2M");
  CHECK(fit("99999!", 5, Align::right, Charset::utf8) == "100k!");
  CHECK(fit("1234567", 3, Align::right, Charset::utf8) == "###");
  CHECK(fit("12.4M!", 5, Align::right, Charset::utf8) == "#####");
  CHECK(fit(">106751.9d", 7, Align::right, Charset::ascii) == "#######");
  CHECK(fit("1", 0, Align::right, Charset::ascii) == "");
}

TEST_CASE("a bar is as long as its ring is full, and always as wide as its place") {
  use_utf8();
  CHECK(bar(0, 4, Charset::ascii) == "....");
  CHECK(bar(0.5, 4, Charset::ascii) == "##..");
  CHECK(bar(1, 4, Charset::ascii) == "####");
  CHECK(bar(7, 4, Charset::ascii) == "####");
  CHECK(bar(0.99, 4, Charset::ascii) == "###.");
  CHECK(bar(0.5, 4, Charset::utf8) == "██  ");
  CHECK(bar(0.125, 1, Charset::utf8) == "▏");
  CHECK(bar(0.0625, 4, Charset::utf8) == "▎   ");
  CHECK(bar(1, 0, Charset::utf8) == "");
  for (int percent = 0; percent <= 100; ++percent) CHECK(width_of(bar(percent / 100.0, 7, Charset::utf8)) == 7);
}

TEST_CASE("numbers are exact while they are short") {
  CHECK(count_text(99'999) == "99999");
  CHECK(count_text(1'234'567) == "1.2M");
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(0.01) == "0.1");
  CHECK(rate_text(9.5) == "9.5");
  CHECK(rate_text(9.96) == "10");
  CHECK(rate_text(12'345) == "12.3k");
  CHECK(rate_text(1e300) == "1000T");
  CHECK(bytes_rate_text(1536) == "1.5K");
  CHECK(percent_text(999, 1000) == "99%");
  CHECK(percent_text(1000, 1000) == "100%");
  CHECK(percent_text(0, 0) == "0%");
}

TEST_CASE("a lag that began before the first look says that it may be longer") {
  using std::chrono::milliseconds;
  CHECK(lag_text({.time = milliseconds(0), .perhaps_longer = false}) == "0");
  CHECK(lag_text({.time = milliseconds(1500), .perhaps_longer = false}) == "1.5s");
  CHECK(lag_text({.time = milliseconds(1500), .perhaps_longer = true}) == ">1.5s");
  CHECK(lag_text({.time = std::chrono::nanoseconds(1), .perhaps_longer = false}) == "1ms");
}
