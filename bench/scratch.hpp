// What a run leaves on disk while it lasts.
#pragma once

#include <filesystem>
#include <string>

namespace logbuf::bench {

// A directory of its own in `parent`; gone, with all that is in it, when this is.
class TemporaryDirectory {
 public:
  TemporaryDirectory(const std::filesystem::path& parent, const std::string& name);
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What the programs of a run have said, for when it fails.
class Log {
 public:
  explicit Log(const std::filesystem::path& file);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  int descriptor() const { return descriptor_; }
  // Each on a line of its own behind a line's end; empty where nothing was said.
  std::string last_lines() const;

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace logbuf::bench
