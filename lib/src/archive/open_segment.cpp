#include "archive/open_segment.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "archive/block.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

std::string path_text(const Directory& directory, const std::string& name) {
  return "segment file " + (directory.path() / name).string();
}

std::unexpected<std::error_code> cannot_write(const std::string& file, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return system_failure(file + " cannot be written (" +
                            (full ? "free some space, or retain less; nothing of this block counts"
                                  : "nothing of this block counts; it may be tried again") +
                            ")",
                        error);
}

}  // namespace

OpenSegment::OpenSegment(platform::File file, SegmentName name, const format::FileHeader& header, std::uint64_t size,
                         std::uint64_t next_number)
    : file_(std::move(file)),
      name_(std::move(name)),
      ring_uuid_(header.ring_uuid),
      salt_(header.salt),
      size_(size),
      synced_size_(size),
      next_number_(next_number),
      holds_blocks_(next_number > 0) {}

std::expected<OpenSegment, std::error_code> OpenSegment::create(const Directory& directory, const SegmentName& name,
                                                                const format::FileHeader& header,
                                                                const Preamble& preamble) {
  const std::string unfinished = name.stem().append(kUnfinishedSuffix);
  const std::string label = path_text(directory, name.file_name());
  auto file = platform::File::open(directory.path() / unfinished, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  if (!file) {
    return system_failure(
        label + " cannot be made (let this user write to the directory; look for free space and inodes)", file.error());
  }
  OpenSegment segment(std::move(*file), name, header, sizeof header, 0);
  auto written = segment.file_.write_at(std::as_bytes(std::span(&header, 1)), {}, 0);
  const auto write = [&](format::BlockType type, std::span<const std::byte> payload) {
    if (!written) return;
    written = segment.write_block({.type = type,
                                   .begin = header.first_position,
                                   .end = header.first_position,
                                   .first_seq = header.first_seq,
                                   .first_record = preamble.first_record},
                                  payload);
  };
  for (const auto& producer : preamble.producers) write(format::BlockType::producer, block::encode(producer));
  for (const auto& refused : preamble.refused) write(format::BlockType::refused, block::encode(refused, 0));
  if (written) written = platform::rename_in(directory.file(), unfinished.c_str(), name.file_name().c_str());
  if (!written) {
    (void)platform::unlink_in(directory.file(), unfinished.c_str());
    return cannot_write(label, written.error());
  }
  return segment;
}

std::expected<void, int> OpenSegment::write_block(const BlockFields& fields, std::span<const std::byte> payload) {
  format::BlockHeader header{};
  header.magic = format::kBlockMagic;
  header.type = static_cast<std::uint16_t>(fields.type);
  header.salt = salt_;
  header.number = next_number_;
  header.offset = size_;
  header.ring_uuid = ring_uuid_;
  header.begin = fields.begin;
  header.end = fields.end;
  header.first_seq = fields.first_seq;
  header.record_count = fields.records;
  header.first_record = fields.first_record;
  header.drain_time_ns = platform::wall_clock_ns();
  header.payload_length = payload.size();
  block::sign(header, payload);
  if (auto written = file_.write_at(std::as_bytes(std::span(&header, 1)), payload, size_); !written) return written;
  size_ += sizeof header + payload.size();
  next_number_ += 1;
  synced_ = false;
  return {};
}

std::expected<void, std::error_code> OpenSegment::append(const Directory& directory, const BlockFields& fields,
                                                         std::span<const std::byte> payload) {
  if (cut_pending_) {
    // What is left of the failed block may be longer than the next one.
    if (auto cut = file_.truncate(size_); !cut)
      return cannot_write(path_text(directory, name_.file_name()), cut.error());
    cut_pending_ = false;
  }
  if (const auto written = write_block(fields, payload); !written) {
    cut_pending_ = !file_.truncate(size_);
    return cannot_write(path_text(directory, name_.file_name()), written.error());
  }
  holds_blocks_ = holds_blocks_ || fields.type != format::BlockType::producer;
  return {};
}

std::expected<void, std::error_code> OpenSegment::sync(const Directory& directory) {
  const auto fails = [&](int error) {
    return system_failure(path_text(directory, name_.file_name()) +
                              " cannot be made durable (look at the disk; what was appended since the last sync must "
                              "be appended again, to a Writer opened anew)",
                          error);
  };
  if (cut_pending_) {
    if (const auto cut = file_.truncate(size_); !cut) return fails(cut.error());
    cut_pending_ = false;
  }
  if (!synced_) {
    if (const auto synced = file_.sync_data(); !synced) return fails(synced.error());
    synced_ = true;
    synced_size_ = size_;
  }
  if (!name_synced_) {
    if (const auto synced = directory.file().sync(); !synced) return fails(synced.error());
    name_synced_ = true;
  }
  return {};
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
