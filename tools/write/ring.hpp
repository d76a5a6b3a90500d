// The ring to write to: the one that is there, or a new one.
#pragma once

#include <logbuf/segment.hpp>

#include <optional>
#include <string>

#include "program.hpp"

namespace logbuf::write {

// The flags that say whether to make it, and how.
struct RingWish {
  bool create = false;
  std::optional<cli::Size> capacity;
  std::string kind;  // empty: not given
  bool timestamps = false;

  // The options, bound to this.
  cli::po::options_description group();
  // Ends the program (exit code 2) where they contradict each other.
  void check() const;
};

// With --create, makes the ring unless it exists; who makes it, of several that start at once, does not
// matter. Ends the program where there is no ring, or where it differs from what was asked for.
Segment find_ring(const std::string& name, const RingWish& wish);

}  // namespace logbuf::write
