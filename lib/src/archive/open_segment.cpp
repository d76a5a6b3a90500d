#include "archive/open_segment.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "archive/block.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

// The way to the disk begins after so many bytes, so that the sync at the file's end finds little left to do.
constexpr std::uint64_t kWriteback = std::uint64_t{8} << 20;

std::string path_text(const Directory& directory, const std::string& name) {
  return "segment file " + (directory.path() / name).string();
}

std::unexpected<std::error_code> cannot_write(const std::string& file, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return system_failure(file + " cannot be written (" +
                            (full ? "free some space; nothing of this block was kept"
                                  : "nothing of this block was kept; it may be tried again") +
                            ")",
                        error);
}

// The wall clock may have been set since, so that the file seems to come from the future.
std::int64_t age_of(const format::FileHeader& header) noexcept {
  return std::max<std::int64_t>(0, platform::wall_clock_ns() - std::max<std::int64_t>(0, header.created_wall_ns));
}

}  // namespace

OpenSegment::OpenSegment(platform::File file, SegmentName name, const format::FileHeader& header, Found found)
    : file_(std::move(file)),
      name_(std::move(name)),
      salt_(header.salt),
      made_ns_(platform::monotonic_clock_ns() - age_of(header)),
      summary_(std::move(found.summary)),
      size_(found.size),
      synced_size_(found.size),
      handed_over_(found.size),
      next_number_(found.next_number),
      holds_blocks_(found.next_number > 0),
      finished_(found.finished),
      stopped_(found.stopped) {}

std::expected<OpenSegment, std::error_code> OpenSegment::begin(const Directory& directory, const SegmentName& name,
                                                               const format::FileHeader& header,
                                                               const Preamble& preamble) {
  const std::string unfinished = name.stem().append(kUnfinishedSuffix);
  const std::string label = path_text(directory, name.file_name());
  const auto make = [&] {
    return platform::File::open(directory.path() / unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  };
  auto file = make();
  if (!file && file.error() == EEXIST) {
    // Ours, of an attempt that failed, and could not be removed then.
    (void)platform::unlink_in(directory.file(), unfinished.c_str());
    file = make();
  }
  if (!file) {
    return system_failure(
        label + " cannot be made (let this user write to the directory; look for free space and inodes)", file.error());
  }
  OpenSegment segment(std::move(*file), name, header,
                      {.size = sizeof header, .next_number = 0, .finished = false, .summary = Summary(header)});
  segment.published_ = false;
  auto written = segment.file_.write_at(std::as_bytes(std::span(&header, 1)), 0);
  const auto write = [&](format::BlockType type, std::span<const std::byte> payload) {
    if (!written) return;
    const Piece piece{.type = type,
                      .begin = header.first_position,
                      .end = header.first_position,
                      .first_seq = header.first_seq,
                      .first_record = preamble.first_record,
                      .times = {},
                      .drain_time_ns = {},
                      .payload = payload};
    written = segment.write(std::span(&piece, 1));
  };
  for (const auto& producer : preamble.producers) write(format::BlockType::producer, block::encode(producer));
  for (const auto& refused : preamble.refused) write(format::BlockType::refused, block::encode(refused, 0));
  if (!written) {
    segment.discard(directory);
    return cannot_write(label, written.error());
  }
  segment.preamble_end_ = segment.size_;
  return segment;
}

std::expected<OpenSegment, std::error_code> OpenSegment::create(const Directory& directory, const SegmentName& name,
                                                                const format::FileHeader& header,
                                                                const Preamble& preamble) {
  auto segment = begin(directory, name, header, preamble);
  if (!segment) return segment;
  if (const auto published = segment->publish(directory); !published) {
    segment->discard(directory);
    return cannot_write(path_text(directory, name.file_name()), published.error());
  }
  return segment;
}

std::expected<void, int> OpenSegment::publish(const Directory& directory) {
  // A header must not be lost to a crash, or to a sync that fails and is forgotten, of a file that others know.
  if (auto synced = file_.sync_data(); !synced) return synced;
  const std::string unfinished = name_.stem().append(kUnfinishedSuffix);
  if (auto renamed = platform::rename_in(directory.file(), unfinished.c_str(), name_.file_name().c_str()); !renamed) {
    return renamed;
  }
  synced_size_ = size_;
  published_ = true;
  return {};
}

void OpenSegment::discard(const Directory& directory) const {
  const std::string name = published_ ? name_.file_name() : name_.stem().append(kUnfinishedSuffix);
  (void)platform::unlink_in(directory.file(), name.c_str());
}

format::BlockHeader OpenSegment::header_of(const Piece& piece, std::uint64_t number,
                                           std::uint64_t offset) const noexcept {
  format::BlockHeader header{};
  header.magic = format::kBlockMagic;
  header.type = static_cast<std::uint16_t>(piece.type);
  header.codec = static_cast<std::uint16_t>(format::Codec::none);
  header.salt = salt_;
  header.number = number;
  header.offset = offset;
  header.first_seq = piece.first_seq;
  header.record_count = piece.records;
  header.begin = piece.begin;
  header.end = piece.end;
  header.first_record = piece.first_record;
  header.drain_time_ns = piece.drain_time_ns ? *piece.drain_time_ns : platform::wall_clock_ns();
  header.time_min_ns = piece.times ? piece.times->min_ns : header.drain_time_ns;
  header.time_max_ns = piece.times ? piece.times->max_ns : header.drain_time_ns;
  header.payload_length = header.stored_length = piece.payload.size();
  block::sign(header, piece.payload);
  return header;
}

std::expected<void, int> OpenSegment::write(std::span<const Piece> pieces) {
  headers_.clear();
  bytes_.clear();
  headers_.reserve(pieces.size());  // what bytes_ points to stays where it is
  std::uint64_t end = size_;
  for (const Piece& piece : pieces) {
    headers_.push_back(header_of(piece, next_number_ + headers_.size(), end));
    bytes_.push_back(std::as_bytes(std::span(&headers_.back(), 1)));
    bytes_.push_back(piece.payload);
    end += sizeof(format::BlockHeader) + piece.payload.size();
  }
  if (auto written = file_.write_at(bytes_, size_); !written) return written;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (block::is_ending(pieces[i].type)) continue;
    summary_.add(headers_[i]);
    if (pieces[i].type != format::BlockType::producer) continue;
    if (const auto producer = block::decode_producer(pieces[i].payload)) summary_.add(*producer, headers_[i].offset);
  }
  size_ = end;
  next_number_ += pieces.size();
  return {};
}

// What is left of a failed write may be longer than the next one.
std::expected<void, int> OpenSegment::cut_rest() {
  if (!cut_pending_) return {};
  auto cut = file_.truncate(size_);
  cut_pending_ = !cut;
  return cut;
}

std::expected<void, std::error_code> OpenSegment::put(const Directory& directory, std::span<const Piece> pieces) {
  if (const auto cut = cut_rest(); !cut) return cannot_write(path_text(directory, name_.file_name()), cut.error());
  if (const auto written = write(pieces); !written) {
    cut_pending_ = !file_.truncate(size_);
    return cannot_write(path_text(directory, name_.file_name()), written.error());
  }
  return {};
}

std::expected<void, std::error_code> OpenSegment::append(const Directory& directory, std::span<const Piece> pieces) {
  if (auto written = put(directory, pieces); !written) return written;
  for (const Piece& piece : pieces) {
    stopped_ = piece.type == format::BlockType::stop;
    holds_blocks_ = holds_blocks_ || (piece.type != format::BlockType::producer && !stopped_);
  }
  if (size_ - handed_over_ >= kWriteback) {
    file_.begin_writeback(handed_over_, size_ - handed_over_);
    handed_over_ = size_;
  }
  return {};
}

std::expected<void, std::error_code> OpenSegment::finish(const Directory& directory, const Ending& ending) {
  if (finished_) return {};
  const auto index = summary_.index(ending.refused);
  const auto seal = summary_.seal(size_, index.size(), ending.end_record);
  Piece piece{.type = format::BlockType::index,
              .begin = ending.end,
              .end = ending.end,
              .first_seq = ending.end_seq,
              .first_record = ending.end_record.value_or(0),
              .times = {},
              .drain_time_ns = {},
              .payload = index};
  std::array<Piece, 2> pieces{piece, piece};
  pieces[1].type = format::BlockType::seal;
  pieces[1].payload = std::as_bytes(std::span(&seal, 1));
  auto written = put(directory, pieces);
  finished_ = written.has_value();
  return written;
}

std::error_code OpenSegment::sync_failed(const Directory& directory, int error) const {
  return system_failure(path_text(directory, name_.file_name()) + " cannot be made durable (look at the disk)", error)
      .error();
}

std::expected<void, std::error_code> OpenSegment::sync(const Directory& directory) {
  if (const auto cut = cut_rest(); !cut) return std::unexpected(sync_failed(directory, cut.error()));
  if (!all_synced()) {
    if (const auto synced = file_.sync_data(); !synced) return std::unexpected(sync_failed(directory, synced.error()));
  }
  if (!name_synced_) {
    if (const auto synced = directory.file().sync(); !synced)
      return std::unexpected(sync_failed(directory, synced.error()));
  }
  synced_to(size_);
  return {};
}

std::expected<void, std::error_code> OpenSegment::begin_sync(const Directory& directory, BackgroundSync& beside,
                                                             std::function<void()> over) {
  if (const auto cut = cut_rest(); !cut) return std::unexpected(sync_failed(directory, cut.error()));
  beside.start(file_, name_synced_ ? nullptr : &directory.file(), std::move(over));
  return {};
}

void OpenSegment::synced_to(std::uint64_t size) {
  synced_size_ = size;
  name_synced_ = true;
}

std::expected<void, int> OpenSegment::cut_unsynced() {
  size_ = synced_size_;
  return file_.truncate(size_);
}

std::expected<void, std::error_code> OpenSegment::seal(const Directory& directory) {
  SegmentName sealed = name_;
  sealed.sealed = true;
  const auto renamed = platform::rename_in(directory.file(), name_.file_name().c_str(), sealed.file_name().c_str());
  if (!renamed) {
    return system_failure(path_text(directory, name_.file_name()) + " cannot be renamed to " + sealed.file_name(),
                          renamed.error());
  }
  name_ = std::move(sealed);
  return directory.sync();
}

}  // namespace logbuf::archive
