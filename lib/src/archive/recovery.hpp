// What a Writer finds when it opens a directory: where the archive ends, and the file to go on with.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <system_error>

#include <logbuf/archive.hpp>

#include "archive/directory.hpp"
#include "archive/open_segment.hpp"
#include "archive/producer_names.hpp"
#include "archive/segment_file.hpp"

namespace logbuf::archive {

// By slot: what the archive says last.
using RefusedTotals = std::map<std::uint16_t, Refused>;

struct Recovered {
  std::optional<Position> end;              // of this ring's records
  std::optional<std::uint64_t> end_record;  // the ring's own count of records before `end`, where it is known
  std::uint64_t next_seq = 0;
  std::uint64_t torn_bytes = 0;  // cut from files that were not sealed
  ProducerNames producers;       // of this ring
  RefusedTotals refused;         // of this ring
  std::optional<SegmentName> newest;
  std::optional<OpenSegment> segment;  // this ring's open file, if it is the newest
};

// Cuts torn tails and seals whatever is open and cannot be gone on with.
std::expected<Recovered, std::error_code> recover(const Directory& directory, const RingIdentity& ring);

}  // namespace logbuf::archive
