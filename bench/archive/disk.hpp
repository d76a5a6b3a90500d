// The disk that is measured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace logbuf::bench_archive {

// "ext4 on /dev/vda1, 42G free"
std::string describe_disk(const std::filesystem::path& directory);

// Dies where there is less room than that.
void check_room(const std::filesystem::path& directory, std::uint64_t bytes);

// Waits until all that was written there before, and the removal of files, is done with.
void settle(const std::filesystem::path& directory);

// Of all files in it and below.
std::uint64_t bytes_in(const std::filesystem::path& directory);

}  // namespace logbuf::bench_archive
