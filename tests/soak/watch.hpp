// Does a ring get on? Time counts only while somebody is there to empty it and nobody is stopped: what remains then is
// for the library to answer for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <logbuf/segment.hpp>

#include "children.hpp"

namespace logbuf::soak {

class Watch {
 public:
  // A look, now and then. `hindered`: a process of this ring is stopped. What is wrong, if it has stood still for too
  // long.
  std::optional<std::string> look(const Segment& ring, bool hindered);

 private:
  Clock::time_point looked_at_{};
  Position consumed_ = 0;
  bool hindered_ = true;
  std::chrono::nanoseconds stood_still_{0};
};

// Who has the ring, and who holds it up.
std::string describe(const Segment& ring);

}  // namespace logbuf::soak
