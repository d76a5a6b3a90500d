// The books of a ring at the end of an epoch: what its producers noted, what the ring counted, what is archived.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "ledger.hpp"
#include "tally.hpp"

namespace logbuf::soak {

// A producer process of the ring, all of them dead now.
struct Deceased {
  std::uint32_t number = 0;
  bool killed = false;  // by whomever; else it came to its own end
};

struct RingBooks {
  std::uint64_t seed = 0;  // the epoch's
  RingInfo info;
  RingStatus status;  // empty ring, nobody attached
  std::filesystem::path archive;
  std::vector<Deceased> producers;
};

// What does not balance, a sentence each (the first ones of many); adds to the tally.
std::vector<std::string> audit(const RingBooks& books, const Ledger& ledger, Tally& tally);

}  // namespace logbuf::soak
