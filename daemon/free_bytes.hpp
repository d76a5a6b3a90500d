// How much more a disk takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace logbuf::archiver {

// What is free, for us, on the disk that this directory is on; nothing where that cannot be found out. Waits for the
// disk.
std::optional<std::uint64_t> free_bytes_on_disk_of(const std::filesystem::path& directory);

}  // namespace logbuf::archiver
