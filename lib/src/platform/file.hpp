// Files, directories, and the rest that an archive asks of the system. A file descriptor's calls are carried through
// short reads, short writes and EINTR. Errors are errno values; the caller knows the file's name and what to advise.
//
// lib/src/archive reaches files through this header alone, and the header shows no more of them than an int: a test may
// put another file system behind it by linking another file.cpp.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace logbuf::platform {

class File {
 public:
  File() noexcept = default;
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();

  // O_CLOEXEC is always added.
  static std::expected<File, int> open(const std::filesystem::path& path, int flags, mode_t mode = 0);

  // Another descriptor of the same open file: what it has locked stays locked until both are closed.
  std::expected<File, int> duplicate() const noexcept;

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

  std::expected<std::uint64_t, int> size() const noexcept;       // bytes
  std::expected<std::int64_t, int> written_ns() const noexcept;  // when it was written last, by CLOCK_REALTIME
  // False: nobody finds it any more, and it goes with the last descriptor.
  bool has_name() const noexcept;
  // Reads until `into` is full or the file ends; says how many bytes.
  std::expected<std::size_t, int> read_at(std::span<std::byte> into, std::uint64_t offset) const noexcept;
  // The same where that has failed with EIO: page by page, and zeros where the disk gives nothing back. All such pages
  // lie in [bad_from, bad_to) of the file.
  struct Salvaged {
    std::size_t bytes = 0;
    std::uint64_t bad_from = 0;
    std::uint64_t bad_to = 0;
  };
  std::expected<Salvaged, int> salvage_at(std::span<std::byte> into, std::uint64_t offset) const noexcept;
  // Writes the pieces one behind the other, from where they lie, in as few calls as there may be.
  std::expected<void, int> write_at(std::span<const std::span<const std::byte>> pieces,
                                    std::uint64_t offset) const noexcept;
  std::expected<void, int> write_at(std::span<const std::byte> bytes, std::uint64_t offset) const noexcept {
    return write_at(std::span(&bytes, 1), offset);
  }
  std::expected<void, int> truncate(std::uint64_t size) const noexcept;
  std::expected<void, int> sync_data() const noexcept;  // fdatasync: the bytes and the size
  std::expected<void, int> sync() const noexcept;       // fsync: for directories
  // Asks for these bytes to go to the disk from now on, as the kernel would by itself later. They are no more durable
  // by it; where the disk fails them, sync_data() says so.
  void begin_writeback(std::uint64_t offset, std::uint64_t length) const noexcept;
  // An exclusive lock of this open file description; it goes with the last descriptor of it. False: somebody
  // else has it.
  std::expected<bool, int> try_lock() const noexcept;

 private:
  explicit File(int fd) noexcept : fd_(fd) {}
  int fd_ = -1;
};

// Renames within one directory; never onto an existing file (EEXIST).
std::expected<void, int> rename_in(const File& directory, const char* from, const char* to) noexcept;
// Renames within one directory, onto what bears the name already.
std::expected<void, int> replace_in(const File& directory, const char* from, const char* to) noexcept;
std::expected<void, int> unlink_in(const File& directory, const char* name) noexcept;

// What a path leads to, through symbolic links.
enum class Kind { file, directory, other };
std::expected<Kind, int> kind_of(const std::filesystem::path& path) noexcept;
// A file, a link or whatever else has this name.
bool is_there(const std::filesystem::path& path) noexcept;
// The names in a directory, without "." and "..", in no order. One that is renamed meanwhile may be missed, or be here
// under both of its names; `settled`: nothing was renamed meanwhile.
struct Names {
  std::vector<std::string> names;
  bool settled = false;
  std::int64_t changed_ns = 0;  // settled: as changed_ns() says until something is renamed, made or removed
};
std::expected<Names, int> names_in(const std::filesystem::path& directory);
// When a name in a directory changed last.
std::expected<std::int64_t, int> changed_ns(const std::filesystem::path& directory) noexcept;
// Makes a directory, and those above it; fine where it is there already. Nothing of it is synced.
std::expected<void, int> make_directories(const std::filesystem::path& path);
// From the root, by the working directory; empty if there is none.
std::filesystem::path absolute(const std::filesystem::path& path);

// Nanoseconds.
std::int64_t wall_clock_ns() noexcept;
std::int64_t monotonic_clock_ns() noexcept;
// The kernel's name for its time since boot; zero where it does not tell.
std::array<std::byte, 16> boot_id() noexcept;
std::expected<void, int> random_bytes(std::span<std::byte> into) noexcept;

}  // namespace logbuf::platform
