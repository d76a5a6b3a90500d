// A dead producer's slot, in which a test writes what its producer might have.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include <logbuf/queue.hpp>

#include "child.hpp"
#include "raw_segment.hpp"

namespace test {

// A slot whose producer died attached, and did nothing.
inline std::uint16_t dead_slot(const std::string& ring) {
  const int slot = in_child([&]() -> int {
    const auto producer = logbuf::queue::mpsc::Producer::attach(ring);
    ::_exit(producer ? producer->slot() : 100);
  });
  REQUIRE(slot < 100);
  return static_cast<std::uint16_t>(slot);
}

inline std::uint64_t& intent_of(const RawSegment& raw, std::uint16_t slot) {
  return reinterpret_cast<std::uint64_t&>(raw.slot(slot).hot.intent);
}

}  // namespace test
