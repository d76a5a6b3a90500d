// Where in an archive reading begins.
#pragma once

#include <cstdint>
#include <optional>

#include "archive_source.hpp"
#include "filter.hpp"

namespace logbuf::cat {

// Takes the source to where the first wanted item may be. `last`: only so many at the end are wanted, which is the end
// that is found now: the source pauses there. Returns how many of what comes until then are to be kept; nothing: all
// that is wanted of it.
std::optional<std::uint64_t> go_to_start(ArchiveSource& source, const Filter& filter,
                                         std::optional<std::uint64_t> last);

}  // namespace logbuf::cat
