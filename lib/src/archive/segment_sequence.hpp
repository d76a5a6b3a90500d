// The segment files that a Reader reads, one after the other: a directory's in seq order, or a single file.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/segment_file.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

struct OpenedSegment {
  std::filesystem::path path;
  std::string label;                // for people: "segment file DIR/NAME"
  std::optional<SegmentName> name;  // a single file may have any name
  platform::File file;              // none, where it cannot be opened: then the reading says why
  HeaderReading reading;

  std::expected<std::uint64_t, int> size() const { return file ? file.size() : 0; }  // bytes
};

// A file that lies in the directory, and belongs to another archive.
struct ForeignSegment {
  std::filesystem::path path;
  std::string why;  // with the file's name
  std::uint64_t bytes = 0;
};

class SegmentSequence {
 public:
  static std::expected<SegmentSequence, std::error_code> open(const std::filesystem::path& target);

  // Looks again at what is there: new files, files that were sealed, files that are gone.
  std::expected<void, std::error_code> refresh();
  // The file after the one in use, as of the last refresh(), opened; nullptr: there is none. It lives until another
  // is opened. One that cannot be read is read as a damaged one; one of another archive is
  // passed over, and kept for take_foreign().
  std::expected<OpenedSegment*, std::error_code> open_next();
  // Likewise the last of all.
  std::expected<OpenedSegment*, std::error_code> open_newest();
  // What open_next() gave is in use now.
  OpenedSegment take();
  // Keeps a file that was taken, for whom it comes next again.
  void give_back(OpenedSegment segment) { opened_ = std::move(segment); }
  // What open_next() gave is to be opened again by the next call.
  void put_back() { opened_.reset(); }
  // As of the last refresh(): a file follows the one in use.
  bool has_next();
  // As of the last refresh(): the file in use is sealed; or it is gone, and was sealed when it was opened.
  bool is_sealed() const noexcept;
  // As of the last refresh(): the file in use has been removed. It is written no more.
  bool is_gone() const noexcept;
  // The next file will be the one that holds this seq, or the first.
  void seek(std::uint64_t seq);
  // The next file will be the first that may hold a record of this time (ns since 1970-01-01 UTC), or the last.
  void seek_time(std::int64_t time_ns);
  // One after the other, the files of another archive that were met.
  std::optional<ForeignSegment> take_foreign();

 private:
  const SegmentName* next() const noexcept;
  const SegmentName* find_in_use() const noexcept;
  void start_at(std::size_t index);
  using Place = std::function<std::size_t(const SegmentSequence&)>;  // an index into names_
  void start_where(Place place);
  std::size_t place_of(std::int64_t time_ns) const;
  std::expected<OpenedSegment*, std::error_code> open_single();
  std::expected<OpenedSegment*, std::error_code> open_listed(SegmentName name);

  std::filesystem::path target_;
  Uuid archive_{};  // whose files are wanted; zero: not known yet
  bool single_ = false;
  bool taken_ = false;                      // single: it is in use
  std::vector<SegmentName> names_;          // of a directory, without those that are known to be foreign
  std::vector<SegmentName> foreign_;        // likewise, these
  std::vector<ForeignSegment> untold_;      // of these
  std::optional<std::int64_t> changed_ns_;  // of the directory then, if that tells whether names_ is as it was
  std::optional<SegmentName> in_use_;       // or the last one before the file that comes next
  std::optional<OpenedSegment> opened_;     // ahead
  Place place_;                             // of the file to begin with, by its name, until one is taken
};

}  // namespace logbuf::archive
