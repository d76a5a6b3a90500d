// How far a file goes and how much it holds, without its payloads.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include <logbuf/archive.hpp>

#include "archive/format.hpp"
#include "archive/index.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

struct Extent {
  std::uint64_t end_seq = 0;
  Position end = 0;
  std::uint64_t blocks = 0;  // without index and seal
  std::uint64_t records = 0;
  std::uint64_t payload_bytes = 0;  // of data blocks, before compression
  bool compressed = false;
  std::optional<FileInfo::Times> times;  // of data blocks
  std::uint64_t damaged_bytes = 0;       // with a valid block header behind them
};

// What a sealed file says of itself at its end.
Extent extent_of(const FileEnd& end) noexcept;
// Walks the block headers of one that is not sealed. Errors are errno values.
std::expected<Extent, int> walk_extent(platform::File file, const format::FileHeader& header);
// The seq behind its last record that can be read: what is bad at its end does not count. Likewise.
std::expected<std::uint64_t, int> sound_end_seq(platform::File file, const format::FileHeader& header);

}  // namespace logbuf::archive
