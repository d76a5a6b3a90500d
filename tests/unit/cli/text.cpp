#include "text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using logbuf::cli::base64;
using logbuf::cli::escape;
using logbuf::cli::is_utf8;
using namespace std::string_view_literals;

namespace {

std::string encoded(std::string_view text) {
  return base64(std::as_bytes(std::span(text)));
}

}  // namespace

TEST_CASE("well-formed UTF-8 is recognised") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("\0nought"sv));
  CHECK(is_utf8("größer, 日本, \xf0\x9f\x93\x9c"));
  CHECK(is_utf8("\xf4\x8f\xbf\xbf"));
}

TEST_CASE("overlong, cut, stray and impossible sequences are not UTF-8") {
  CHECK_FALSE(is_utf8("\xc0\x80"));
  CHECK_FALSE(is_utf8("\xe0\x80\xaf"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
  CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));
  CHECK_FALSE(is_utf8("\xff"));
  CHECK_FALSE(is_utf8("\x80"));
  CHECK_FALSE(is_utf8("cut \xe6\x97"));
}

TEST_CASE("escaping leaves printable text as it is") {
  CHECK(escape("") == "");
  CHECK(escape("größer, 日本 \\ \"quoted\"") == "größer, 日本 \\ \"quoted\"");
}

TEST_CASE("escaping shows control characters a byte at a time") {
  CHECK(escape("\x1b[31mred") == "\\x1b[31mred");
  CHECK(escape("a\tb\r\nc\0d\x7f"sv) == "a\\x09b\\x0d\\x0ac\\x00d\\x7f");
  // CSI as one character of the second control block.
  CHECK(escape("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("escaping shows characters that turn the direction of text") {
  CHECK(escape("a\xe2\x80\xae"
               "b") == "a\\xe2\\x80\\xaeb");
  CHECK(escape("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");
}

TEST_CASE("escaping shows broken sequences and keeps what follows them") {
  CHECK(escape("\xff") == "\\xff");
  CHECK(escape("\xe6\x97") == "\\xe6\\x97");
  CHECK(escape("\xc3\xc3\xb6") == "\\xc3ö");
  CHECK(escape("\xe6\x97.") == "\\xe6\\x97.");
  CHECK(escape("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("base64 is that of RFC 4648") {
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded("fooba") == "Zm9vYmE=");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(encoded("\xff\xfe\xfd\0"sv) == "//79AA==");
  CHECK(encoded(std::string(1000, 'x')).size() == 1336);
}
