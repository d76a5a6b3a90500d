// What a Writer finds when it opens a directory: where the archive ends, and the file to go on with.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <system_error>

#include <logbuf/archive.hpp>

#include "archive/directory.hpp"
#include "archive/open_segment.hpp"
#include "archive/producer_names.hpp"
#include "archive/segment_file.hpp"

namespace logbuf::archive {

struct Recovered {
  std::optional<Position> end;              // of this ring's records
  std::optional<std::uint64_t> end_record;  // the ring's own count of records before `end`, where it is known
  std::uint64_t next_seq = 0;
  std::uint64_t torn_bytes = 0;     // cut from files that were not sealed
  std::uint64_t damaged_bytes = 0;  // left in the file to go on with
  ProducerNames producers;          // of this ring
  RefusedTotals refused;            // of this ring
  Uuid archive_uuid{};              // zero: nothing says one
  format::Digest newest_seal{};     // of the newest file, if it is sealed and nothing of it is damaged
  std::optional<SegmentName> newest;
  std::optional<OpenSegment> segment;  // this ring's open file, if it is the newest
};

// Cuts torn tails and seals whatever is open and cannot be gone on with.
std::expected<Recovered, std::error_code> recover(const Directory& directory, const RingIdentity& ring);

}  // namespace logbuf::archive
