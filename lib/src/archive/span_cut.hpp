// A piece of the ring, made into blocks.
#pragma once

#include <cstdint>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/open_segment.hpp"

namespace logbuf::archive {

// Cuts a span between its records into blocks of kDataBlock bytes at the most, or of one record that is longer. Walks
// the record headers. `pieces` is filled anew; there is always one.
void cut_span(const Span& span, std::uint64_t first_seq, bool timestamps, std::vector<Piece>& pieces);

}  // namespace logbuf::archive
