// Running logbuf-ctl, and what its tests have in common.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "raw_segment.hpp"
#include "ring.hpp"
#include "run.hpp"

using Words = std::vector<std::string>;

inline Ended ctl(const Words& words) {
  Words all{LOGBUF_CTL};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

// As a user who owns nothing. Where we cannot become that user, or it cannot reach the program, setpriv says so, with
// another exit code.
inline Ended ctl_as_nobody(const Words& words) {
  Words all{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", LOGBUF_CTL};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

inline std::string says(const std::string& sentence) {
  return "logbuf-ctl: " + sentence + "\n";
}

inline std::string object_path(const RingName& ring) {
  return "/dev/shm/logbuf." + ring.str();
}

inline bool exists(const RingName& ring) {
  return std::filesystem::exists(object_path(ring));
}

// Something that has a ring's name and is none.
inline void make_junk(const RingName& ring, std::size_t size = 9) {
  std::ofstream(object_path(ring)) << std::string(size, 'x');
}

// Its positions contradict each other.
inline void make_damaged(const RingName& ring) {
  make_ring(ring);
  test::RawSegment(ring.str()).words().consumer.head = 128;
}

// Its consumer has met a header that no producer writes.
inline void make_quarantined(const RingName& ring) {
  make_ring(ring);
  const test::RawSegment raw(ring.str());
  raw.words().tail.tail = 64;
  raw.word(0) = ~std::uint64_t{0};
  CHECK(receive_bytes(ring).empty());
}

inline void send(const RingName& ring, std::string_view bytes) {
  auto sender = logbuf::channel::mpsc::Sender::attach(ring.str());
  REQUIRE(sender.has_value());
  REQUIRE(sender->send(std::as_bytes(std::span(bytes))).has_value());
}

// logbuf-write, with the record "a" committed and its input open.
class Writer : public Program {
 public:
  explicit Writer(const RingName& ring) : Program({LOGBUF_WRITE, ring, "--name", "feed"}) {
    const auto segment = logbuf::Segment::open(ring.str());
    REQUIRE(segment.has_value());
    input("a\n");
    // Its input is written here and nowhere else.
    wait_until([&] { return segment->status().total_records == 1; });
  }
};
