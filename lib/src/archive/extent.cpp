#include "archive/extent.hpp"

#include <algorithm>
#include <utility>

#include "archive/block_walk.hpp"

namespace logbuf::archive {
namespace {

void take(Extent& extent, const format::BlockHeader& block) {
  extent.end_seq = std::max(extent.end_seq, block.first_seq + block.record_count);
  extent.end = std::max(extent.end, block.end);
  if (block::is_ending(block)) return;
  extent.blocks += 1;
  if (!block::is_type(block, format::BlockType::data)) return;
  extent.records += block.record_count;
  extent.payload_bytes += block.payload_length;
  extent.compressed = extent.compressed || block.codec != static_cast<std::uint16_t>(format::Codec::none);
  if (block.payload_length == 0) return;
  auto& times = extent.times;
  if (!times) times = {.min_ns = block.time_min_ns, .max_ns = block.time_max_ns};
  times->min_ns = std::min(times->min_ns, block.time_min_ns);
  times->max_ns = std::max(times->max_ns, block.time_max_ns);
}

}  // namespace

Extent extent_of(const FileEnd& end) noexcept {
  const format::SealPayload& seal = end.seal;
  Extent extent{.end_seq = end.end_seq,
                .end = end.end,
                .blocks = seal.blocks,
                .records = seal.records,
                .payload_bytes = seal.payload_bytes,
                .compressed = false,
                .times = {}};
  if (seal.payload_bytes > 0) extent.times = {.min_ns = seal.time_min_ns, .max_ns = seal.time_max_ns};
  // What the blocks take in the file, with everything in them that is no record: less than the records alone would.
  const std::uint64_t headers = sizeof(format::FileHeader) + seal.blocks * sizeof(format::BlockHeader);
  extent.compressed = seal.index_offset < headers || seal.index_offset - headers < seal.payload_bytes;
  return extent;
}

std::expected<Extent, int> walk_extent(platform::File file, const format::FileHeader& header) {
  BlockWalk walk(std::move(file), header);
  walk.pass_unreadable();
  Extent extent{.end_seq = header.first_seq, .end = header.first_position, .times = {}};
  for (;;) {
    const auto sight = walk.look();
    if (!sight) return std::unexpected(sight.error());
    if (*sight == BlockWalk::Sight::end) return extent;
    if (*sight == BlockWalk::Sight::block) {
      take(extent, walk.header());
      walk.pass();
      continue;
    }
    const auto found = walk.find_next();
    if (!found) return std::unexpected(found.error());
    if (!*found) return extent;
    extent.damaged_bytes += **found - walk.offset();
    walk.jump(**found);
  }
}

}  // namespace logbuf::archive
