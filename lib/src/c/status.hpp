// Rings and their ends as C structures.
#pragma once

#include <cstdint>
#include <optional>

#include <logbuf/segment.hpp>

#include "c/guard.hpp"

namespace logbuf::c {

// The options of C as those of C++; NULL: the defaults. Errors: LOGBUF_INVALID_ARGUMENT, LOGBUF_INVALID_OPTION.
std::expected<SegmentOptions, int> options_of(const logbuf_segment_options* options);

logbuf_end_status end_status_of(const EndStatus& end) noexcept;

inline std::int32_t slot_or_none(const std::optional<std::uint16_t>& slot) noexcept {
  return slot ? *slot : -1;
}

// Errors: LOGBUF_INVALID_ARGUMENT.
int give_info(const RingInfo& info, logbuf_ring_info* to) noexcept;
// `producers`: room for so many.
int give_status(const RingStatus& status, logbuf_ring_status& to, logbuf_producer_status* producers,
                std::size_t max_producers) noexcept;

template <typename Ring>
int status(const Ring* ring, logbuf_ring_status* to, logbuf_producer_status* producers,
           std::size_t max_producers) noexcept {
  if (ring == nullptr || !has_room(to) || (producers == nullptr && max_producers != 0)) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return give_status(ring->status(), *to, producers, max_producers); });
}

}  // namespace logbuf::c
