#include "disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "failure.hpp"
#include "size.hpp"

namespace logbuf::bench {
namespace {

std::uint64_t free_bytes(const std::filesystem::path& directory) {
  struct statvfs disk{};
  if (::statvfs(directory.c_str(), &disk) != 0)
    cli::die(directory.string() + ": " + std::strerror(errno), cli::ExitCode::usage);
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

// "ext4 on /dev/vda1", as /proc has it.
std::string file_system(const std::filesystem::path& directory) {
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) return "unknown";
  const std::string device = std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word >> word >> word;
    if (word != device) continue;
    while (words >> word && word != "-") {
    }
    std::string type;
    std::string source;
    words >> type >> source;
    return type + " on " + source;
  }
  return "unknown";
}

}  // namespace

std::string describe_disk(const std::filesystem::path& directory) {
  return file_system(directory) + ", " + cli::format_size(free_bytes(directory)) + " free";
}

void check_room(const std::filesystem::path& directory, std::uint64_t bytes) {
  const std::uint64_t free = free_bytes(directory);
  if (free >= bytes) return;
  cli::die(directory.string() + " has " + cli::format_size(free) + " free, and " + cli::format_size(bytes) +
           " are needed: give a smaller --mib, or another --dir");
}

bool has_room(const std::filesystem::path& directory, std::uint64_t bytes) {
  struct statvfs disk{};
  return ::statvfs(directory.c_str(), &disk) == 0 && std::uint64_t{disk.f_bavail} * disk.f_frsize >= bytes;
}

void take_memory(const std::filesystem::path& directory, std::uint64_t bytes) {
  const std::filesystem::path path = directory / "taken";
  std::ofstream file(path, std::ios::binary);
  const std::vector<char> piece(1 << 20, 'x');
  for (std::uint64_t written = 0; written < bytes && file; written += piece.size())
    file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  file.close();
  if (!file) cli::die(path.string() + " could not be written");
  std::filesystem::remove(path);
}

void settle(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd == -1) cli::die(directory.string() + ": " + std::strerror(errno));
  const int synced = ::syncfs(fd);
  ::close(fd);
  if (synced != 0) cli::die(directory.string() + ": syncfs: " + std::strerror(errno));
}

std::uint64_t bytes_in(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace logbuf::bench
