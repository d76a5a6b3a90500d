// How a BlockStream goes to a seq or a time: by the files' names, and by what sealed files say at their end.
#include <algorithm>
#include <limits>
#include <utility>

#include "archive/block_stream.hpp"
#include "archive/extent.hpp"
#include "archive/index.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

using Sight = BlockWalk::Sight;

}  // namespace

std::expected<void, std::error_code> BlockStream::seek(std::uint64_t seq) {
  if (auto refreshed = files_.refresh(); !refreshed) return refreshed;
  files_.seek(seq);
  return begin_at(seq, std::numeric_limits<std::int64_t>::min());
}

std::expected<void, std::error_code> BlockStream::seek_time(std::int64_t time_ns) {
  if (auto refreshed = files_.refresh(); !refreshed) return refreshed;
  files_.seek_time(time_ns);
  return begin_at(0, time_ns);
}

std::expected<void, std::error_code> BlockStream::begin_at(std::uint64_t wanted_seq, std::int64_t wanted_time_ns) {
  leave_file();
  const auto first = files_.open_next();
  if (!first) return std::unexpected(first.error());
  totals_ = {};
  if (*first != nullptr)
    totals_.next_seq = (*first)->name ? (*first)->name->first_seq : (*first)->reading.header.first_seq;
  reached_.clear();
  damage_.clear();
  damage_claims_.reset();
  told_lost_.reset();
  names_.reset();
  torn_before_ = 0;
  wanted_seq_ = wanted_seq;
  wanted_time_ns_ = wanted_time_ns;
  jumps_ = true;
  return {};
}

// The next seek may go to it again.
void BlockStream::leave_file() {
  if (walk_ && name_ && name_->sealed) {
    const format::FileHeader header = walk_->file_header();
    left_ = Left{.salt = header.salt, .window = walk_->take_window()};
    files_.give_back({.path = path_,
                      .label = label_,
                      .name = name_,
                      .file = walk_->take_file(),
                      .reading = {.why = {}, .header = header}});
  }
  walk_.reset();
}

// nullptr: the file is not sealed, or its end is damaged.
std::expected<const FileEnd*, int> BlockStream::end_of(const platform::File& file, const format::FileHeader& header) {
  if (known_end_ && known_end_->salt == header.salt) return &known_end_->end;
  auto end = look_for_file_end(file, header);
  if (!end) return std::unexpected(end.error());
  if (!*end) return nullptr;
  return &known_end_.emplace(KnownEnd{.salt = header.salt, .end = std::move(**end)}).end;
}

std::expected<std::uint64_t, std::error_code> BlockStream::end_seq() {
  leave_file();
  if (auto refreshed = files_.refresh(); !refreshed) return std::unexpected(refreshed.error());
  const auto newest = files_.open_newest();
  if (!newest) return std::unexpected(newest.error());
  if (*newest == nullptr) return 0;
  OpenedSegment segment = std::move(**newest);
  const auto& header = segment.reading.header;
  if (segment.reading.verdict != Verdict::good) {
    files_.put_back();
    return segment.name ? segment.name->first_seq : 0;
  }
  const auto fails = [&](int error) { return system_failure(segment.label + " cannot be read", error); };
  const auto end = end_of(segment.file, header);
  if (!end) return fails(end.error());
  if (*end != nullptr) {
    **newest = std::move(segment);
    return (*end)->end_seq;
  }
  files_.put_back();
  const auto end_seq = sound_end_seq(std::move(segment.file), header);
  if (!end_seq) return fails(end_seq.error());
  return *end_seq;
}

// Goes to where the wanted records begin, if the file says at its end where that is.
std::expected<void, int> BlockStream::jump(const format::FileHeader& header) {
  if (!jumps_) return {};
  const auto end = end_of(walk_->file(), header);
  if (!end) return std::unexpected(end.error());
  jumps_ = false;
  if (*end == nullptr) return {};
  const auto& entries = (*end)->entries;
  auto to = entries.begin();
  if (wanted_seq_ > 0) {
    // The last that begins below it: a gap at this very seq may stand at its end.
    to = std::ranges::lower_bound(entries, wanted_seq_, {}, &format::IndexEntry::first_seq);
    if (to != entries.begin()) --to;
  } else {
    to = std::ranges::find_if(entries, [&](const auto& entry) { return entry.time_max_ns >= wanted_time_ns_; });
  }
  std::uint64_t offset = (*end)->seal.index_offset;
  Position position = (*end)->end;
  std::uint64_t seq = (*end)->end_seq;
  if (to != entries.end()) {
    offset = to->offset;
    position = to->begin;
    seq = to->first_seq;
  } else {
    jumps_ = true;  // nothing of this file is wanted
  }
  walk_->jump(offset);
  totals_.next_seq = seq;
  reached_[ring_.uuid] = position;
  names_ = (*end)->names_at(offset, position);
  return {};
}

}  // namespace logbuf::archive
