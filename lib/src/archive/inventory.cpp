// Which files an archive has, and what each says of itself.
#include <algorithm>
#include <utility>

#include <logbuf/archive.hpp>

#include "archive/extent.hpp"
#include "archive/index.hpp"
#include "archive/segment_sequence.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

std::expected<FileInfo, int> look_at(OpenedSegment segment) {
  FileInfo info{.path = segment.path, .fault = std::move(segment.reading.why), .ring = {}, .times = {}};
  const auto size = segment.size();
  if (!size) return std::unexpected(size.error());
  info.file_bytes = *size;
  if (segment.reading.verdict != Verdict::good) return info;
  const format::FileHeader& header = segment.reading.header;
  info.ring = identity_of(header);
  info.archive_uuid = header.archive_uuid;
  info.created_ns = header.created_wall_ns;
  info.first_seq = header.first_seq;
  info.begin = header.first_position;
  const auto end = look_for_file_end(segment.file, header);
  if (!end) return std::unexpected(end.error());
  info.sealed = end->has_value();
  const auto extent =
      *end ? std::expected<Extent, int>(extent_of(**end)) : walk_extent(std::move(segment.file), header);
  if (!extent) return std::unexpected(extent.error());
  info.compressed = extent->compressed;
  info.end_seq = extent->end_seq;
  info.end = extent->end;
  info.blocks = extent->blocks;
  info.records = extent->records;
  info.raw_bytes = extent->payload_bytes;
  info.times = extent->times;
  info.damaged_bytes = extent->damaged_bytes;
  return info;
}

}  // namespace

std::expected<std::vector<FileInfo>, std::error_code> list_files(const std::filesystem::path& target) {
  auto files = SegmentSequence::open(target);
  if (!files) return std::unexpected(files.error());
  std::vector<FileInfo> all;
  for (;;) {
    const auto opened = files->open_next();
    if (!opened) return std::unexpected(opened.error());
    if (*opened == nullptr) break;
    OpenedSegment segment = files->take();
    if (!segment.name && segment.reading.verdict != Verdict::good) {
      const auto code =
          segment.reading.verdict == Verdict::wrong_version ? Errc::wrong_archive_version : Errc::not_an_archive;
      return failure(code, segment.label + ": " + segment.reading.why);
    }
    const std::string label = segment.label;
    auto info = look_at(std::move(segment));
    if (!info) return system_failure(label + " cannot be read", info.error());
    all.push_back(std::move(*info));
  }
  const std::size_t own = all.size();
  while (auto foreign = files->take_foreign()) {
    all.push_back({.path = std::move(foreign->path),
                   .file_bytes = foreign->bytes,
                   .fault = std::move(foreign->why),
                   .foreign = true,
                   .ring = {},
                   .times = {}});
  }
  if (all.size() == own) return all;
  std::ranges::sort(all, [](const FileInfo& a, const FileInfo& b) {
    const auto a_name = SegmentName::parse(a.path.filename().native());
    const auto b_name = SegmentName::parse(b.path.filename().native());
    return a_name && b_name && order(*a_name, *b_name) < 0;
  });
  return all;
}

}  // namespace logbuf::archive
