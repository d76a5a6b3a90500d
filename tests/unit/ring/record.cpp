// The record format: header word, extents.
#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

#include <logbuf/record.hpp>

namespace record = logbuf::record;

TEST_CASE("a header comes out of its word as it went in") {
  for (const std::uint32_t length : {0U, 1U, 8U, 0x7fff'ffffU}) {
    for (const bool skip : {false, true}) {
      for (const std::uint16_t slot : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{0xffff}}) {
        for (const std::uint16_t type : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{0xffff}}) {
          const record::Header header = {.length = length, .skip = skip, .slot = slot, .type = type};
          CHECK(record::unpack(record::pack(header)) == header);
        }
      }
    }
  }
}

TEST_CASE("every word is some header's") {
  for (const std::uint64_t word : {0ULL, ~0ULL, 0x8000'0000ULL, 0x0123'4567'89ab'cdefULL})
    CHECK(record::pack(record::unpack(word)) == word);
}

TEST_CASE("the bits of the header word stand where the format says") {
  CHECK(record::pack({.length = 5}) == 5);
  CHECK(record::pack({.length = 8, .skip = true}) == 0x8000'0008ULL);
  CHECK(record::pack({.length = 1, .slot = 2}) == 0x2'0000'0001ULL);
  CHECK(record::pack({.length = 1, .type = 3}) == 0x3'0000'0000'0001ULL);
}

TEST_CASE("a length that needs bit 31 does not become a skip") {
  CHECK_FALSE(record::unpack(record::pack({.length = 0x8000'0001U})).skip);
}

TEST_CASE("a record's extent is its header and payload, rounded up to 8") {
  CHECK(record::extent_of({.length = 1}, 8, 4096) == 16);
  CHECK(record::extent_of({.length = 8}, 8, 4096) == 16);
  CHECK(record::extent_of({.length = 9}, 8, 4096) == 24);
  CHECK(record::extent_of({.length = 1}, 16, 4096) == 24);
  CHECK(record::extent_of({.length = 0x7fff'ffff}, 8, ~0ULL) == 0x8000'0008ULL);
}

TEST_CASE("a skip's extent is its length") {
  CHECK(record::extent_of({.length = 8, .skip = true}, 8, 4096) == 8);
  CHECK(record::extent_of({.length = 8, .skip = true}, 16, 4096) == 8);
  CHECK(record::extent_of({.length = 4096, .skip = true}, 8, 4096) == 4096);
}

TEST_CASE("a header that nobody can have stored has no extent") {
  CHECK(record::extent_of({.length = 0}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 0, .skip = true}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 9, .skip = true}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 12, .skip = true}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 4104, .skip = true}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 4089}, 8, 4096) == 0);
  CHECK(record::extent_of({.length = 1}, 16, 16) == 0);
}

TEST_CASE("an extent may fill the room to the last byte") {
  CHECK(record::extent_of({.length = 4088}, 8, 4096) == 4096);
  CHECK(record::extent_of({.length = 8}, 16, 24) == 24);
}
