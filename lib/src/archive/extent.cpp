#include "archive/extent.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
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

namespace {

// `take` gets each block whose header is valid, and where it stands; `pass_damage` how many bytes are none in between.
template <class Take, class PassDamage>
std::expected<void, int> walk_headers(BlockWalk& walk, Take take, PassDamage pass_damage) {
  walk.pass_unreadable();
  for (;;) {
    const auto sight = walk.look();
    if (!sight) return std::unexpected(sight.error());
    if (*sight == BlockWalk::Sight::end) return {};
    if (*sight == BlockWalk::Sight::block) {
      take(walk.header(), walk.offset());
      walk.pass();
      continue;
    }
    const auto found = walk.find_next();
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    pass_damage(**found - walk.offset());
    walk.jump(**found);
  }
}

}  // namespace

std::expected<Extent, int> walk_extent(platform::File file, const format::FileHeader& header) {
  BlockWalk walk(std::move(file), header);
  Extent extent{.end_seq = header.first_seq, .end = header.first_position, .times = {}};
  const auto walked = walk_headers(
      walk, [&](const format::BlockHeader& block, std::uint64_t) { take(extent, block); },
      [&](std::uint64_t bytes) { extent.damaged_bytes += bytes; });
  if (!walked) return std::unexpected(walked.error());
  return extent;
}

std::expected<std::uint64_t, int> sound_end_seq(platform::File file, const format::FileHeader& header) {
  // As many blocks as are written at once, and so may be torn together.
  constexpr std::size_t kLast = 64;
  struct Last {
    std::uint64_t offset = 0;
    std::uint64_t seq_before = 0;
  };
  std::deque<Last> last;
  std::uint64_t end_seq = header.first_seq;
  BlockWalk walk(std::move(file), header);
  const auto walked = walk_headers(
      walk,
      [&](const format::BlockHeader& block, std::uint64_t offset) {
        last.push_back({.offset = offset, .seq_before = end_seq});
        if (last.size() > kLast) last.pop_front();
        end_seq = std::max(end_seq, block.first_seq + block.record_count);
      },
      [](std::uint64_t) {});
  if (!walked) return std::unexpected(walked.error());
  file = walk.take_file();
  for (; !last.empty(); last.pop_back()) {
    BlockWalk there(std::move(file), header);
    there.pass_unreadable();
    there.jump(last.back().offset);
    auto sight = there.look();
    if (sight && *sight == BlockWalk::Sight::block) sight = there.load();
    if (!sight) return std::unexpected(sight.error());
    if (*sight == BlockWalk::Sight::block) break;
    end_seq = last.back().seq_before;
    file = there.take_file();
  }
  return end_seq;
}

}  // namespace logbuf::archive
