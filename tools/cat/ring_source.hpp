// A live ring, looked at without taking anything from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <logbuf/peek.hpp>

#include "item.hpp"

namespace logbuf::cat {

class RingSource {
 public:
  explicit RingSource(const std::string& ring);

  std::optional<Item> next();
  // The ring is closed, and all that was claimed has been looked at.
  bool ended() const;
  void wait(std::chrono::nanoseconds timeout);
  void settle(std::uint64_t) {}

 private:
  Peek peek_;
  Position start_tail_;
  bool told_start_ = false;  // a nothing was given at start_tail_
  unsigned idle_waits_ = 0;  // since the last item
};

// As the ring's own reading end gives it; shared with what takes the records. Nothing: there is none (yet).
// Damage in the ring ends the program with ExitCode::lost.
std::optional<Item> next_item(Peek& peek);

}  // namespace logbuf::cat
