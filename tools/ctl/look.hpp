// A look at a ring, and what follows from it: how full it is, who is there, whether it may go.
#pragma once

#include <logbuf/segment.hpp>

#include <cstdint>
#include <string>

namespace logbuf::ctl {

struct Look {
  RingInfo info;
  RingStatus status;
  // head <= consumed <= tail <= head + capacity. If not, the positions mean nothing and what follows is 0.
  bool sound = true;
  std::uint64_t fill_bytes = 0;       // not free: claimed and not yet released
  std::uint64_t unread_bytes = 0;     // claimed and not yet consumed
  std::uint64_t records_waiting = 0;  // committed and not yet consumed
};

Look look_at(const Segment& segment);

// "open", "closed", "quarantined", "damaged".
std::string state_of(const Look& look);
std::string kind_of(const RingInfo& info);

// Who is attached and alive, as in "producer 'feed' (pid 17), consumer 'archiver' (pid 18)". Empty: nobody.
std::string who_is_attached(const RingStatus& status);
// What would be lost with the ring, as in "3 records (96 bytes)". Empty: nothing.
std::string what_is_left(const Look& look);

}  // namespace logbuf::ctl
