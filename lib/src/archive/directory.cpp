#include "archive/directory.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "archive/segment_file.hpp"
#include "platform/failure.hpp"
#include "platform/process.hpp"

namespace logbuf::archive {
namespace {

namespace fs = std::filesystem;

std::string cannot(const fs::path& path, const char* what) {
  return "archive directory " + path.string() + " " + what + " (make it, or let this user write to it)";
}

// Makes it, and those above it, where they are not there.
std::expected<void, std::error_code> make(const fs::path& path) {
  if (platform::kind_of(path)) return {};
  if (const auto made = platform::make_directories(platform::absolute(path)); !made)
    return system_failure(cannot(path, "cannot be made"), made.error());
  return {};
}

// A directory that was made is durable only when the one that holds it is synced. Who made this one, and those above
// it, may not have come to that; so it is done by whoever finds it without a segment file, and before there is one.
std::expected<void, std::error_code> make_durable(const fs::path& path) {
  const auto segments = list_segments(path);
  if (!segments) return std::unexpected(segments.error());
  if (!segments->names.empty()) return {};
  fs::path made = platform::absolute(path).lexically_normal();
  if (!made.has_filename()) made = made.parent_path();
  for (; made.has_relative_path(); made = made.parent_path()) {
    const auto parent = platform::File::open(made.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!parent && parent.error() == EACCES) continue;  // execute permission is enough to make it; syncing is not ours
    const auto synced = parent ? parent->sync() : std::unexpected(parent.error());
    if (!synced && synced.error() != EINVAL)  // EINVAL: a file system whose directories cannot be synced
      return system_failure(cannot(path, "cannot be synced"), synced.error());
  }
  return {};
}

// What the holder wrote into the lock file, for people; only digits are believed.
std::string holder_of(const platform::File& lock) {
  std::array<char, 20> text{};
  const auto got = lock.read_at(std::as_writable_bytes(std::span(text)), 0);
  std::string_view pid(text.data(), got ? *got : 0);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process" : "process " + std::string(pid);
}

}  // namespace

std::expected<Directory, std::error_code> Directory::open_locked(const fs::path& path) {
  if (auto made = make(path); !made) return std::unexpected(made.error());
  auto file = platform::File::open(path, O_RDONLY | O_DIRECTORY);
  if (!file) return system_failure(cannot(path, "cannot be opened"), file.error());
  auto lock = platform::File::open(path / kLockName, O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
  if (!lock) return system_failure(cannot(path, "cannot be locked"), lock.error());
  const auto locked = lock->try_lock();
  if (!locked) return system_failure(cannot(path, "cannot be locked"), locked.error());
  if (!*locked) {
    return failure(Errc::archive_in_use, "archive directory " + path.string() + " is written by " + holder_of(*lock) +
                                             " (stop it, or choose another directory)");
  }
  // Only people read this; a full disk must not keep us from cleaning up behind a lock that we hold.
  const std::string pid = std::to_string(process_id()) + "\n";
  if (lock->truncate(0)) (void)lock->write_at(std::as_bytes(std::span(pid)), 0);

  if (auto durable = make_durable(path); !durable) return std::unexpected(durable.error());

  Directory directory;
  directory.path_ = path;
  directory.file_ = std::move(*file);
  directory.lock_ = std::move(*lock);
  return directory;
}

std::expected<Directory, std::error_code> Directory::share() const {
  auto file = file_.duplicate();
  auto lock = lock_.duplicate();
  if (!file || !lock) return system_failure(cannot(path_, "cannot be shared"), file ? lock.error() : file.error());
  Directory other;
  other.path_ = path_;
  other.file_ = std::move(*file);
  other.lock_ = std::move(*lock);
  return other;
}

std::expected<void, std::error_code> Directory::sync() const {
  if (const auto synced = file_.sync(); !synced)
    return system_failure(cannot(path_, "cannot be synced"), synced.error());
  return {};
}

}  // namespace logbuf::archive
