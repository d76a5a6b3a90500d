#include "archive/directory.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "archive/checksum.hpp"
#include "archive/segment_file.hpp"
#include "archive/uuid_text.hpp"
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

// The lock file: the holder's pid, for people, and behind it the archive's uuid with a checksum, each in a line.
constexpr std::size_t kPidLine = 11;
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kArchiveLine = kUuidLength + 1 + 8 + 1;

std::string archive_line(const Uuid& uuid) {
  const std::string text = uuid_text(uuid);
  char crc[16];
  std::snprintf(crc, sizeof crc, " %08x\n", crc32c(std::as_bytes(std::span(text))));
  return text + crc;
}

// Only digits are believed.
std::string holder_of(const platform::File& lock) {
  std::array<char, kPidLine> text{};
  const auto got = lock.read_at(std::as_writable_bytes(std::span(text)), 0);
  std::string_view pid(text.data(), got ? *got : 0);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process" : "process " + std::string(pid);
}

Uuid archive_in(const platform::File& lock) {
  std::array<char, kArchiveLine> text{};
  const auto got = lock.read_at(std::as_writable_bytes(std::span(text)), kPidLine);
  const std::string_view line(text.data(), got ? *got : 0);
  const auto uuid = parse_uuid(line.substr(0, kUuidLength));
  return uuid && line == archive_line(*uuid) ? *uuid : Uuid{};
}

}  // namespace

Uuid archive_of(const fs::path& directory, const std::vector<SegmentName>& names) {
  const auto lock = platform::File::open(directory / kLockName, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (const Uuid archive = lock ? archive_in(*lock) : Uuid{}; archive != Uuid{}) return archive;
  for (const SegmentName& name : names) {
    const auto file = platform::File::open(directory / name.file_name(), O_RDONLY | O_NONBLOCK);
    const auto reading = file ? read_file_header(*file, &name) : std::unexpected(file.error());
    if (reading && reading->verdict == Verdict::good) return reading->header.archive_uuid;
  }
  return {};
}

std::expected<Directory, std::error_code> Directory::open_locked(const fs::path& path) {
  if (auto made = make(path); !made) return std::unexpected(made.error());
  auto file = platform::File::open(path, O_RDONLY | O_DIRECTORY);
  if (!file) return system_failure(cannot(path, "cannot be opened"), file.error());
  auto lock = platform::File::open(path / kLockName, O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
  if (!lock) {
    return system_failure(
        "lock file " + (path / kLockName).string() +
            " cannot be opened (let this user write to the directory; if it is no plain file, remove it)",
        lock.error());
  }
  const auto locked = lock->try_lock();
  if (!locked) return system_failure(cannot(path, "cannot be locked"), locked.error());
  if (!*locked) {
    return failure(Errc::archive_in_use, "archive directory " + path.string() + " is written by " + holder_of(*lock) +
                                             " (stop it, or choose another directory)");
  }
  // A full disk must not keep us from cleaning up behind a lock that we hold: what is missing here, the oldest file
  // says.
  const Uuid archive = archive_in(*lock);
  if (archive == Uuid{}) (void)lock->truncate(0);
  std::string pid = std::to_string(process_id());
  pid.resize(kPidLine - 1, ' ');
  pid += '\n';
  (void)lock->write_at(std::as_bytes(std::span(pid)), 0);

  if (auto durable = make_durable(path); !durable) return std::unexpected(durable.error());

  Directory directory;
  directory.path_ = path;
  directory.file_ = std::move(*file);
  directory.lock_ = std::move(*lock);
  directory.archive_ = archive;
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
  other.archive_ = archive_;
  return other;
}

void Directory::name_archive(const Uuid& uuid) {
  if (archive_ != Uuid{}) return;
  archive_ = uuid;
  // A full disk keeps nobody from going on.
  const std::string line = archive_line(uuid);
  (void)lock_.write_at(std::as_bytes(std::span(line)), kPidLine);
}

std::expected<void, std::error_code> Directory::sync() const {
  if (const auto synced = file_.sync(); !synced)
    return system_failure(cannot(path_, "cannot be synced"), synced.error());
  return {};
}

}  // namespace logbuf::archive
