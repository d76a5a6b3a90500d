#include "platform/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string_view>

namespace logbuf::platform {
namespace {

std::expected<void, int> result_of(int returned) noexcept {
  if (returned != 0) return std::unexpected(errno);
  return {};
}

// A call that a signal may end before it is done.
template <class Call>
std::expected<void, int> uninterrupted(Call call) noexcept {
  for (;;) {
    const auto result = result_of(call());
    if (result || result.error() != EINTR) return result;
  }
}

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return nanoseconds(now);
}

}  // namespace

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

std::expected<File, int> File::open(const std::filesystem::path& path, int flags, mode_t mode) {
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return File(fd);
    if (errno != EINTR) return std::unexpected(errno);
  }
}

std::expected<File, int> File::duplicate() const noexcept {
  const int fd = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  return File(fd);
}

std::expected<std::int64_t, int> File::written_ns() const noexcept {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) return std::unexpected(errno);
  return nanoseconds(status.st_mtim);
}

bool File::has_name() const noexcept {
  struct stat status{};
  return ::fstat(fd_, &status) != 0 || status.st_nlink != 0;
}

std::expected<std::uint64_t, int> File::size() const noexcept {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) return std::unexpected(errno);
  return static_cast<std::uint64_t>(status.st_size);
}

std::expected<std::size_t, int> File::read_at(std::span<std::byte> into, std::uint64_t offset) const noexcept {
  std::size_t got = 0;
  while (got < into.size()) {
    const ssize_t n = ::pread(fd_, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno);
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::expected<File::Salvaged, int> File::salvage_at(std::span<std::byte> into, std::uint64_t offset) const noexcept {
  constexpr std::uint64_t kPage = 4096;
  alignas(kPage) std::array<std::byte, kPage> page;
  File directly;  // where a page is read with others, a bad one among them fails all
  Salvaged salvaged;
  while (salvaged.bytes < into.size()) {
    const std::uint64_t at = offset + salvaged.bytes;
    const std::size_t skip = at % kPage;
    const auto wanted = into.subspan(salvaged.bytes, std::min(into.size() - salvaged.bytes, kPage - skip));
    auto got = read_at(wanted, at);
    if (!got && got.error() == EIO) {
      if (!directly) {
        const std::string path = "/proc/self/fd/" + std::to_string(fd_);
        directly = File(::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
      }
      got = directly ? directly.read_at(page, at - skip) : std::unexpected(EIO);
      if (got) {
        got = *got > skip ? std::min(*got - skip, wanted.size()) : 0;
        std::ranges::copy(std::span(page).subspan(skip, *got), wanted.begin());
      }
    }
    if (!got && got.error() != EIO && got.error() != EINVAL) return std::unexpected(got.error());
    if (!got) {
      std::ranges::fill(wanted, std::byte{0});
      if (salvaged.bad_to == 0) salvaged.bad_from = at;
      salvaged.bad_to = at + wanted.size();
    }
    salvaged.bytes += got.value_or(wanted.size());
    if (got && *got < wanted.size()) break;
  }
  return salvaged;
}

std::expected<void, int> File::write_at(std::span<const std::span<const std::byte>> pieces,
                                        std::uint64_t offset) const noexcept {
  constexpr std::size_t kAtOnce = 128;
  std::size_t passed = 0;  // bytes of the first piece that are written
  while (!pieces.empty()) {
    if (pieces.front().size() == passed) {
      pieces = pieces.subspan(1);
      passed = 0;
      continue;
    }
    std::array<iovec, kAtOnce> some{};
    const std::size_t count = std::min(pieces.size(), kAtOnce);
    for (std::size_t i = 0; i < count; ++i) {
      const auto piece = pieces[i].subspan(i == 0 ? passed : 0);
      // The kernel takes the bytes from where they lie; it does not write through these pointers.
      some[i] = {const_cast<std::byte*>(piece.data()), piece.size()};
    }
    const ssize_t n = ::pwritev(fd_, some.data(), static_cast<int>(count), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno);
    if (n == 0) return std::unexpected(EIO);  // no progress and no reason: do not spin on it
    auto written = static_cast<std::size_t>(n);
    offset += written;
    while (written > 0) {
      const std::size_t of_this = std::min(written, pieces.front().size() - passed);
      written -= of_this;
      passed += of_this;
      if (passed < pieces.front().size()) break;
      pieces = pieces.subspan(1);
      passed = 0;
    }
  }
  return {};
}

std::expected<void, int> File::truncate(std::uint64_t size) const noexcept {
  return uninterrupted([&] { return ::ftruncate(fd_, static_cast<off_t>(size)); });
}

std::expected<void, int> File::sync_data() const noexcept {
  return uninterrupted([this] { return ::fdatasync(fd_); });
}

std::expected<void, int> File::sync() const noexcept {
  return uninterrupted([this] { return ::fsync(fd_); });
}

void File::begin_writeback(std::uint64_t offset, std::uint64_t length) const noexcept {
  (void)::sync_file_range(fd_, static_cast<off64_t>(offset), static_cast<off64_t>(length), SYNC_FILE_RANGE_WRITE);
}

std::expected<bool, int> File::try_lock() const noexcept {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(fd_, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return std::unexpected(errno);
}

std::expected<void, int> rename_in(const File& directory, const char* from, const char* to) noexcept {
  if (::renameat2(directory.fd(), from, directory.fd(), to, RENAME_NOREPLACE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return std::unexpected(errno);
  // This file system cannot refuse by itself. One Writer per directory: nobody else makes the name meanwhile.
  if (::faccessat(directory.fd(), to, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return std::unexpected(EEXIST);
  return result_of(::renameat(directory.fd(), from, directory.fd(), to));
}

std::expected<void, int> replace_in(const File& directory, const char* from, const char* to) noexcept {
  return result_of(::renameat(directory.fd(), from, directory.fd(), to));
}

std::expected<void, int> unlink_in(const File& directory, const char* name) noexcept {
  return result_of(::unlinkat(directory.fd(), name, 0));
}

std::expected<Kind, int> kind_of(const std::filesystem::path& path) noexcept {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::unexpected(errno);
  if (S_ISREG(status.st_mode)) return Kind::file;
  return S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
}

bool is_there(const std::filesystem::path& path) noexcept {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0;
}

std::expected<Names, int> names_in(const std::filesystem::path& directory) {
  // The time of a change is the kernel's last tick: what was changed a moment ago may be changed again at the same
  // time.
  constexpr std::int64_t kTick = 20'000'000;
  const std::int64_t now = wall_clock_ns();
  const auto before = changed_ns(directory);
  Names found;
  // Not std::filesystem's iterator: the standard library's ends the program where there is no memory.
  const std::unique_ptr<DIR, decltype([](DIR* open) { ::closedir(open); })> open(::opendir(directory.c_str()));
  if (!open) return std::unexpected(errno);
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") found.names.emplace_back(name);
  }
  if (errno != 0) return std::unexpected(errno);
  found.settled = before && *before + kTick < now && changed_ns(directory) == before;
  found.changed_ns = before.value_or(0);
  return found;
}

std::expected<std::int64_t, int> changed_ns(const std::filesystem::path& directory) noexcept {
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) return std::unexpected(errno);
  return nanoseconds(status.st_mtim);
}

std::expected<void, int> make_directories(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return std::unexpected(error.value());
  return {};
}

std::filesystem::path absolute(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error);
}

std::int64_t wall_clock_ns() noexcept {
  return clock_ns(CLOCK_REALTIME);
}
std::int64_t monotonic_clock_ns() noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

std::array<std::byte, 16> boot_id() noexcept {
  std::array<std::byte, 16> id{};
  const auto file = File::open("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file) return id;
  std::array<char, 36> text{};
  if (::read(file->fd(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return id;
  std::size_t digit = 0;
  for (const char c : text) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0 || digit == 32) continue;
    id[digit / 2] |= static_cast<std::byte>(digit % 2 == 0 ? value << 4 : value);
    ++digit;
  }
  return id;
}

std::expected<void, int> random_bytes(std::span<std::byte> into) noexcept {
  while (!into.empty()) {
    const ssize_t n = ::getrandom(into.data(), into.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace logbuf::platform
