// The ring to write to: the one that is there, or a new one.
#pragma once

#include <logbuf/segment.hpp>

#include "options.hpp"

namespace logbuf::write {

// With --create, makes the ring unless it exists; who makes it, of several that start at once, does not
// matter. Ends the program where there is no ring, or where it differs from what was asked for.
Segment find_ring(const Options& options);

}  // namespace logbuf::write
