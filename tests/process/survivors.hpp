// What those who are left after a death must find.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <logbuf/consumer.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

namespace test {

struct Drained {
  std::vector<std::string> records;
  std::size_t recovered = 0;
  bool wedged = false;  // the ring did not go on within the bound
};

// Reads to the end, recovering what the dead have left. The bound is in calls of unblock(), not in time.
inline Drained drain(logbuf::Consumer& consumer, std::size_t most_unblocks = 4) {
  Drained drained;
  for (std::size_t unblocks = 0; unblocks <= most_unblocks;) {
    if (auto record = take(consumer)) {
      drained.records.push_back(std::move(*record));
      continue;
    }
    const logbuf::RingState state = consumer.state();
    if (state == logbuf::RingState::ready) continue;
    if (state != logbuf::RingState::blocked) return drained;
    ++unblocks;
    if (consumer.unblock().kind == logbuf::Blockage::Kind::recovered) ++drained.recovered;
  }
  drained.wedged = true;
  return drained;
}

// Empty, zeroed, and its books balance.
inline void check_at_rest(const ScratchRing& ring, std::uint64_t records) {
  const auto status = ring.status();
  CHECK(status.head == status.tail);
  CHECK(status.consumed == status.tail);
  CHECK(status.total_records == records);
  CHECK(status.records_consumed == records);
  CHECK_FALSE(status.quarantined);
  CHECK_FALSE(status.closed);
  CHECK_FALSE(status.blocked);
  const RawSegment raw(ring.name());
  CHECK(std::ranges::all_of(raw.ring(), [](std::byte b) { return b == std::byte{0}; }));
}

}  // namespace test
