// Who is at an end of a ring (a producer's slot, the consumer): written by the end itself, read by anybody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <logbuf/layout.hpp>
#include <logbuf/segment.hpp>

namespace logbuf::detail {

// Fills `info` in for this process; the caller holds the end and sets in_use afterwards.
void write_end_info(layout::EndInfo& info, std::string_view name, std::uint64_t tail);
// The words as they stand; `alive` is the caller's to fill in.
EndStatus read_end_info(const layout::EndInfo& info);

}  // namespace logbuf::detail
