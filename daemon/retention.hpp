// Which sealed files have to go. Nothing here touches a file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <logbuf/keeper.hpp>

namespace logbuf::archiver {

// Limits; empty: none.
struct Retention {
  std::optional<std::uint64_t> size_bytes;      // of a ring's sealed files together
  std::optional<std::chrono::nanoseconds> age;  // of a file's newest record
  std::optional<std::uint64_t> min_free_bytes;  // on the disk
};

// A ring's sealed files, oldest first.
using SealedFiles = std::vector<archive::SealedFile>;

enum class Limit { size, age };

// Why the first of a ring's files have to go, a limit for each of them. Files go from the oldest on: one that must stay
// keeps all behind it. The archive's last file stays.
std::vector<Limit> beyond_limits(std::span<const archive::SealedFile> files, const Retention& limits,
                                 std::int64_t now_ns);

// From which rings a file has to go, one after the other and each time its oldest, so that so many bytes become free:
// the oldest file of all is the first. Each archive's last file stays, even where it does not become so many.
std::vector<std::size_t> to_free(std::span<const SealedFiles> rings, std::uint64_t wanted_bytes);

}  // namespace logbuf::archiver
