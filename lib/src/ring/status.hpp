// Looking at a ring's words, and closing it.
#pragma once

#include "ring/mapping.hpp"

namespace logbuf::detail {

RingStatus read_status(const Mapping& mapping);
// Sets the ring closed and wakes its consumer. The mapping must be writable.
void close_ring(const Mapping& mapping) noexcept;

}  // namespace logbuf::detail
