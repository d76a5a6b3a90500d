// What a Writer does after a failed sync: the kernel has marked the pages clean, so another sync of the same file would
// say nothing of them. What they hold is read back, once, and written to another file.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "archive/block.hpp"
#include "archive/block_walk.hpp"
#include "archive/writer_state.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {

std::expected<void, std::error_code> Writer::State::write_again() {
  if (!broken || !now.segment) return usable();
  if (beside->under_way()) (void)beside->take();
  const std::error_code error = std::exchange(broken, {});
  OpenSegment failed = std::move(*now.segment);
  now.segment.reset();
  const Mark reached = mark();
  const format::Digest newest_seal = now.newest_seal;
  auto copied = keep_unsynced(failed);
  if (copied) copied = copy_unsynced();
  if (!copied) {
    broken = error;
    const std::string detail = broken_detail + "; it cannot be written again either: " + error_detail();
    if (now.segment) now.segment->discard(directory);
    go_to(reached);
    now.newest = failed.name();
    now.newest_seal = newest_seal;
    now.segment = std::move(failed);
    return failure(copied.error(), detail);
  }
  // A Reader passes over what it sees twice. The next Writer gives this file its seal.
  if (failed.only_begun() || !any_synced) {
    (void)platform::unlink_in(directory.file(), failed.name().file_name().c_str());
  } else {
    (void)failed.cut_unsynced();
  }
  unsynced.reset();
  synced = mark();
  any_synced = true;
  return {};
}

void Writer::State::go_to(const Mark& mark) {
  now.end = mark.end;
  now.end_record = mark.end_record;
  now.next_seq = mark.next_seq;
  now.refused = mark.refused;
}

// Whoever reads it a second time may find something else: to the system the pages are clean, so it may drop them, and
// the disk has what was there before.
std::expected<void, std::error_code> Writer::State::keep_unsynced(const OpenSegment& failed) {
  if (unsynced) return {};
  const SegmentName& name = failed.name();
  const std::string file_label = "segment file " + (directory.path() / name.file_name()).string();
  auto file = platform::File::open(directory.path() / name.file_name(), O_RDONLY);
  if (!file) return system_failure(file_label + " cannot be opened", file.error());
  const auto reading = read_file_header(*file, &name);
  if (!reading) return system_failure(file_label + " cannot be read", reading.error());
  if (reading->verdict != Verdict::good) {
    return failure(Errc::damaged_archive, file_label + ": " + reading->why);
  }
  Unsynced found{.header = reading->header, .blocks = {}};
  BlockWalk walk(std::move(*file), found.header);
  if (any_synced) walk.jump(failed.synced_size());
  while (walk.offset() < failed.size()) {
    auto sight = walk.look();
    if (sight && *sight == BlockWalk::Sight::block) sight = walk.load();
    if (!sight) return system_failure(file_label + " cannot be read", sight.error());
    if (*sight != BlockWalk::Sight::block) {
      return failure(Errc::damaged_archive, file_label + ": what was written cannot be read back");
    }
    const auto payload = walk.payload();
    std::unique_ptr<std::byte[]> bytes(new (std::nothrow) std::byte[payload.size()]);
    if (!bytes) return system_failure(file_label + " cannot be read", ENOMEM);
    std::ranges::copy(payload, bytes.get());
    found.blocks.push_back({.header = walk.header(), .payload = std::move(bytes)});
    walk.pass();
  }
  unsynced = std::move(found);
  return {};
}

// What the failed file has behind its last good sync goes into a new one, which gets its name when it is durable. A
// file that was found goes there as a whole: whoever wrote it may not have synced any of it.
std::expected<void, std::error_code> Writer::State::copy_unsynced() {
  const format::FileHeader& header = unsynced->header;
  if (any_synced) {
    go_to(synced);
    now.newest_seal = {};
  } else {
    go_to({.end = header.first_position,
           .end_record = block::end_record(format::BlockType::producer, header.first_record, 0, {}),
           .next_seq = header.first_seq,
           .refused = {}});
    now.newest_seal = header.previous_seal;
  }
  auto segment = new_file(now.end.value_or(header.first_position), false);
  if (!segment) return std::unexpected(segment.error());
  now.segment = std::move(*segment);
  for (const Unsynced::Block& block : unsynced->blocks) {
    const std::span payload(block.payload.get(), static_cast<std::size_t>(block.header.payload_length));
    if (auto copied = copy_block(block.header, payload); !copied) return copied;
  }
  if (const auto published = now.segment->publish(directory); !published) {
    return std::unexpected(now.segment->sync_failed(directory, published.error()));
  }
  now.newest = now.segment->name();
  now.newest_seal = {};
  return now.segment->sync(directory);
}

std::expected<void, std::error_code> Writer::State::copy_block(const format::BlockHeader& header,
                                                               std::span<const std::byte> payload) {
  const auto type = static_cast<format::BlockType>(header.type);
  if (block::is_ending(type)) return {};
  Piece piece{.type = type,
              .begin = header.begin,
              .end = header.end,
              .first_seq = header.first_seq,
              .records = header.record_count,
              .first_record = header.first_record,
              .times = {},
              .drain_time_ns = header.drain_time_ns,
              .payload = payload};
  if (ring.timestamps) piece.times = {.min_ns = header.time_min_ns, .max_ns = header.time_max_ns};
  if (auto appended = now.segment->append(directory, std::span(&piece, 1)); !appended) return appended;
  if (type == format::BlockType::refused) {
    if (auto statement = block::decode_refused(payload, header))
      now.refused[statement->refused.slot] = std::move(statement->refused);
  }
  take_in(piece);
  return {};
}

}  // namespace logbuf::archive
