// Running logbuf-stat, and rings for it to show.
#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ring.hpp"
#include "run.hpp"
#include "tmux.hpp"

using Words = std::vector<std::string>;

inline Ended logbuf_stat(const Words& words) {
  Words all{LOGBUF_STAT};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

// The rings of this test alone.
inline std::string own_rings() {
  return "test-" + std::to_string(getpid()) + "-*";
}

// The program on the screen, looking ten times a second.
inline std::string on_screen(const std::string& more = "") {
  return LOGBUF_STAT " --interval 100ms '" + own_rings() + "' " + more;
}

// What logbuf-stat --json says of a ring.
inline nlohmann::json json_of(const std::string& ring) {
  const Ended ended = logbuf_stat({"-1", "--json", "--interval", "100ms", ring});
  CHECK(ended.err == "");
  REQUIRE(ended.status == 0);
  return nlohmann::json::parse(ended.out)["rings"].at(0);
}

// logbuf-write, with these records in the ring, some perhaps refused, and its input open.
class Feeder : public Program {
 public:
  Feeder(const RingName& ring, int records, const std::string& name = "feed")
      : Program({LOGBUF_WRITE, ring, "--name", name, "--on-full", "drop"}) {
    for (int i = 0; i < records; ++i) input("12345678\n");
    const auto segment = logbuf::Segment::open(ring.str());
    REQUIRE(segment.has_value());
    const auto wanted =
        segment->status().total_records + segment->status().total_refused + static_cast<unsigned>(records);
    wait_until([&] { return segment->status().total_records + segment->status().total_refused >= wanted; });
  }
};

// The line of the screen that begins with a ring's name.
inline std::string line_of(const std::string& ring, const std::string& screen) {
  for (const char margin : {' ', '>'}) {
    const std::string begin = std::string("\n") + margin + ring + ' ';
    if (const auto at = screen.find(begin); at != std::string::npos)
      return screen.substr(at + 1, screen.find('\n', at + 1) - at - 1);
  }
  return "";
}
