// The segment files that a Reader reads, one after the other: a directory's in seq order, or a single file.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/segment_file.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

struct OpenedSegment {
  std::string label;                // for people: "segment file DIR/NAME"
  std::optional<SegmentName> name;  // a single file may have any name
  platform::File file;
  HeaderReading reading;
};

class SegmentSequence {
 public:
  static std::expected<SegmentSequence, std::error_code> open(const std::filesystem::path& target);

  // Looks again at what is there: new files, files that were sealed, files that are gone.
  std::expected<void, std::error_code> refresh();
  // The file after the one in use, as of the last refresh(), opened; nothing: there is none. It is in use
  // once taken().
  std::expected<std::optional<OpenedSegment>, std::error_code> open_next();
  void taken(const OpenedSegment& segment);
  // As of the last refresh(): a file follows the one in use.
  bool has_next() const noexcept;
  // As of the last refresh(): the file in use is sealed (or gone).
  bool is_sealed() const noexcept;
  // The next file will be the one that holds this seq, or the first.
  void seek(std::uint64_t seq);

 private:
  const SegmentName* next() const noexcept;
  std::expected<std::optional<OpenedSegment>, std::error_code> open_single();

  std::filesystem::path target_;
  bool single_ = false;
  bool taken_ = false;                 // single: it is in use
  std::vector<SegmentName> names_;     // of a directory
  std::optional<SegmentName> in_use_;  // or the last one before the file that comes next
};

}  // namespace logbuf::archive
