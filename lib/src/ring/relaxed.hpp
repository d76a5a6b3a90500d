// For the many operations on shared words that need no order.
#pragma once

#include <atomic>

namespace logbuf::detail {

inline constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace logbuf::detail
