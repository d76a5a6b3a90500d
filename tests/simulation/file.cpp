// platform/file.hpp on a simulated disk.
#include "platform/file.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "disk.hpp"

namespace logbuf::platform {

using simulation::Disk;

File::~File() {
  if (fd_ >= 0) Disk::current().close(fd_);
}

std::expected<File, int> File::open(const std::filesystem::path& path, int flags, mode_t) {
  const auto fd = Disk::current().open(path, flags);
  if (!fd) return std::unexpected(fd.error());
  return File(*fd);
}

std::expected<std::uint64_t, int> File::size() const noexcept {
  return Disk::current().size(fd_);
}

std::expected<std::size_t, int> File::read_at(std::span<std::byte> into, std::uint64_t offset) const noexcept {
  return Disk::current().read(fd_, into, offset);
}

// No simulated disk fails to give back what it has.
std::expected<File::Salvaged, int> File::salvage_at(std::span<std::byte> into, std::uint64_t offset) const noexcept {
  const auto got = read_at(into, offset);
  if (!got) return std::unexpected(got.error());
  return Salvaged{.bytes = *got};
}

std::expected<void, int> File::write_at(std::span<const std::span<const std::byte>> pieces,
                                        std::uint64_t offset) const noexcept {
  std::vector<std::byte> bytes;
  for (const auto& piece : pieces) {
    const std::size_t at = bytes.size();
    bytes.resize(at + piece.size());
    if (!piece.empty()) std::memcpy(bytes.data() + at, piece.data(), piece.size());
  }
  return Disk::current().write(fd_, bytes, offset);
}

std::expected<void, int> File::truncate(std::uint64_t size) const noexcept {
  return Disk::current().truncate(fd_, size);
}

// A disk writes what it likes, when it likes: nothing to do.
void File::begin_writeback(std::uint64_t, std::uint64_t) const noexcept {}

std::expected<void, int> File::sync_data() const noexcept {
  return Disk::current().sync_data(fd_);
}
std::expected<void, int> File::sync() const noexcept {
  return Disk::current().sync(fd_);
}
std::expected<bool, int> File::try_lock() const noexcept {
  return Disk::current().try_lock(fd_);
}

std::expected<void, int> rename_in(const File& directory, const char* from, const char* to) noexcept {
  return Disk::current().rename(directory.fd(), from, to);
}
// What only a Keeper does, which no scene has.
std::expected<File, int> File::duplicate() const noexcept {
  return std::unexpected(ENOSYS);
}
// Nobody else is on this disk.
bool File::has_name() const noexcept {
  return true;
}

std::expected<std::int64_t, int> File::written_ns() const noexcept {
  return std::unexpected(ENOSYS);
}
std::expected<void, int> replace_in(const File&, const char*, const char*) noexcept {
  return std::unexpected(ENOSYS);
}
std::expected<void, int> unlink_in(const File& directory, const char* name) noexcept {
  return Disk::current().unlink(directory.fd(), name);
}

std::expected<Kind, int> kind_of(const std::filesystem::path& path) noexcept {
  const auto directory = Disk::current().is_directory(path);
  if (!directory) return std::unexpected(directory.error());
  return *directory ? Kind::directory : Kind::file;
}

bool is_there(const std::filesystem::path& path) noexcept {
  return kind_of(path).has_value();
}

std::expected<Names, int> names_in(const std::filesystem::path& directory) {
  auto names = Disk::current().names(directory);
  if (!names) return std::unexpected(names.error());
  return Names{.names = std::move(*names)};
}
std::expected<std::int64_t, int> changed_ns(const std::filesystem::path&) noexcept {
  return std::unexpected(ENOSYS);
}
std::expected<void, int> make_directories(const std::filesystem::path& path) {
  return Disk::current().make_directories(path);
}
std::filesystem::path absolute(const std::filesystem::path& path) {
  return "/" / path;
}

std::int64_t wall_clock_ns() noexcept {
  return Disk::current().clock_ns();
}
std::int64_t monotonic_clock_ns() noexcept {
  return Disk::current().clock_ns();
}
std::array<std::byte, 16> boot_id() noexcept {
  std::array<std::byte, 16> id{};
  id[0] = static_cast<std::byte>(Disk::current().boots());
  return id;
}
std::expected<void, int> random_bytes(std::span<std::byte> into) noexcept {
  return Disk::current().random_bytes(into);
}

}  // namespace logbuf::platform
