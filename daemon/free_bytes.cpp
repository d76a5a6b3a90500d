#include "free_bytes.hpp"

#include <system_error>

namespace logbuf::archiver {

std::optional<std::uint64_t> free_bytes_on_disk_of(const std::filesystem::path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  if (error) return std::nullopt;
  return space.available;
}

}  // namespace logbuf::archiver
