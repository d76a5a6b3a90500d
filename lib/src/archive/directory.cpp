#include "archive/directory.hpp"

#include <fcntl.h>

#include <array>
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

// Directories made on the way are durable only when the ones that hold them are synced.
std::expected<void, std::error_code> make_durably(const fs::path& path) {
  fs::path existing = platform::absolute(path).lexically_normal();
  if (!existing.has_filename()) existing = existing.parent_path();
  const fs::path full = existing;
  while (!platform::kind_of(existing) && existing.has_relative_path()) existing = existing.parent_path();
  if (existing == full) return {};
  if (const auto made = platform::make_directories(full); !made)
    return system_failure(cannot(path, "cannot be made"), made.error());
  for (fs::path made = full; made != existing; made = made.parent_path()) {
    const auto parent = platform::File::open(made.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!parent) continue;  // execute permission was enough to make it; syncing it is not ours to do
    if (const auto synced = parent->sync(); !synced)
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
  if (auto made = make_durably(path); !made) return std::unexpected(made.error());
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
