// The disk that is measured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace logbuf::bench {

// "ext4 on /dev/vda1, 42G free"
std::string describe_disk(const std::filesystem::path& directory);

// Dies where there is less room than that.
void check_room(const std::filesystem::path& directory, std::uint64_t bytes);
bool has_room(const std::filesystem::path& directory, std::uint64_t bytes);

// Waits until all that was written there before, and the removal of files, is done with.
void settle(const std::filesystem::path& directory);

// Writes as much and removes it again: what has been free for seconds a virtual machine may have given back to its
// host, and fetching it would be in the next run's time.
void take_memory(const std::filesystem::path& directory, std::uint64_t bytes);

// Of all files in it and below.
std::uint64_t bytes_in(const std::filesystem::path& directory);

}  // namespace logbuf::bench
