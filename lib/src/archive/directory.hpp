// The archive's directory, as its one Writer holds it: made, locked, and open for syncing.
#pragma once

#include <expected>
#include <filesystem>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/segment_file.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

// The archive that a directory holds, as its lock file says it, or else the oldest of its files that is sound; zero:
// nothing does. `names`: of its files, in order.
Uuid archive_of(const std::filesystem::path& directory, const std::vector<SegmentName>& names);

class Directory {
 public:
  // Makes it (and its parents) if it is not there. Errors: archive_in_use, errno.
  static std::expected<Directory, std::error_code> open_locked(const std::filesystem::path& path);

  // Another one, which holds the same lock: that is held until both are gone.
  std::expected<Directory, std::error_code> share() const;

  const std::filesystem::path& path() const noexcept { return path_; }
  const platform::File& file() const noexcept { return file_; }
  // Writes that into the lock file, where it says nothing.
  void name_archive(const Uuid& uuid);
  // Makes the names in it durable.
  std::expected<void, std::error_code> sync() const;

 private:
  std::filesystem::path path_;
  platform::File file_;
  platform::File lock_;
  Uuid archive_{};  // as the lock file says it
};

}  // namespace logbuf::archive
