// Where the words of the shared memory stand: other programs, compiled at other times, look for them there.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>

#include <logbuf/layout.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

namespace layout = logbuf::layout;

TEST_CASE("the words of different writers stand on 128 bytes of their own") {
  CHECK(offsetof(layout::Segment, tail) == 1024);
  CHECK(offsetof(layout::Segment, consumer) == 1152);
  CHECK(offsetof(layout::Segment, park) == 1280);
  CHECK(offsetof(layout::Segment, state) == 1408);
  CHECK(offsetof(layout::Segment, consumer_info) == 1536);
  CHECK(sizeof(layout::Slot) == 256);
  CHECK(offsetof(layout::Slot, info) == 128);
}

TEST_CASE("the ring begins on the page behind the producer table") {
  CHECK(layout::ring_offset(1) == 8192);
  CHECK(layout::ring_offset(16) == 8192);
  CHECK(layout::ring_offset(17) == 12288);
  CHECK(layout::ring_offset(64) == 4096 + 64 * 256);
  CHECK(layout::ring_offset(4096) == 4096 + 4096 * 256);
}

TEST_CASE("a segment begins with its magic and says its own geometry") {
  const test::ScratchRing ring({.capacity = 8192, .max_producers = 17});
  const test::RawSegment raw(ring.name());
  CHECK(std::memcmp(raw.all().data(), "LBUFRING", 8) == 0);
  const layout::Identity& id = raw.words().identity;
  CHECK(id.version == layout::kLayoutVersion);
  CHECK(id.hash == layout::hash());
  CHECK(id.segment_size_bytes == 12288 + 8192);
  CHECK(raw.all().size() == id.segment_size_bytes);
  CHECK(id.ring_offset_bytes == 12288);
  CHECK(id.capacity_bytes == 8192);
  CHECK(id.max_producers == 17);
  CHECK(std::string(id.name.data()) == ring.name());
}

TEST_CASE("a new ring is zero") {
  const test::ScratchRing ring({.capacity = 8192});
  const test::RawSegment raw(ring.name());
  std::size_t other = 0;
  for (const std::byte b : raw.ring()) other += b != std::byte{0} ? 1U : 0U;
  CHECK(other == 0);
}

TEST_CASE("the first record stands in the ring as the format draws it") {
  const test::ScratchRing ring({.capacity = 4096, .timestamps = true});
  auto producer = test::required(logbuf::Producer<logbuf::Kind::mpsc>::attach(ring.name()));
  REQUIRE(test::put(producer, "abc", 7));
  const test::RawSegment raw(ring.name());
  CHECK(raw.word(0) == logbuf::record::pack({.length = 3, .slot = 0, .type = 7}));
  CHECK(raw.word(8) != 0);  // the timestamp
  CHECK(raw.word(16) == 0x63'6261);
  CHECK(raw.words().tail.tail == 24);
}
