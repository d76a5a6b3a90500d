// A look at a ring, and what follows from it: how full it is, who is there, whether it may go.
#pragma once

#include <logbuf/segment.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace logbuf::rings {

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

// A ring by its name, as far as it can be looked at.
struct Seen {
  std::string name;
  std::optional<Look> look;
  std::error_code why_not;  // it cannot be opened
  std::string detail;       // a sentence about that
};

// Opens it to look at it, once. Empty: there is no such ring.
std::optional<Seen> see(const std::string& name);

// "open", "closed", "quarantined", "damaged".
std::string state_of(const Look& look);
// The producer whose unfinished claim holds the consumer up; nullptr: nobody that is known does. Lives as the status.
const ProducerStatus* holder_of(const RingStatus& status);

// Who is attached and alive, as in "producer 'feed' (pid 17), consumer 'archiver' (pid 18)". Empty: nobody.
std::string who_is_attached(const RingStatus& status);
// What would be lost with the ring, as in "3 records (96 bytes)". Empty: nothing.
std::string what_is_left(const Look& look);

}  // namespace logbuf::rings
