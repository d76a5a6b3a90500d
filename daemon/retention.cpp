#include "retention.hpp"

#include <algorithm>

namespace logbuf::archiver {

std::vector<Limit> beyond_limits(std::span<const archive::SealedFile> files, const Retention& limits,
                                 std::int64_t now_ns) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  std::vector<Limit> beyond;
  for (const auto& file : files) {
    if (file.last) break;
    const std::chrono::nanoseconds age(now_ns - std::min(now_ns, std::max<std::int64_t>(0, file.newest_ns)));
    if (limits.size_bytes && bytes > *limits.size_bytes) {
      beyond.push_back(Limit::size);
    } else if (limits.age && age > *limits.age) {
      beyond.push_back(Limit::age);
    } else {
      break;
    }
    bytes -= file.bytes;
  }
  return beyond;
}

std::vector<std::size_t> to_free(std::span<const SealedFiles> rings, std::uint64_t wanted_bytes) {
  std::vector<std::size_t> from;
  std::vector<std::size_t> next(rings.size(), 0);  // of each ring, the oldest that is left
  const auto oldest_of = [&](std::size_t ring) -> const archive::SealedFile* {
    const SealedFiles& files = rings[ring];
    return next[ring] < files.size() && !files[next[ring]].last ? &files[next[ring]] : nullptr;
  };
  for (std::uint64_t freed = 0; freed < wanted_bytes;) {
    std::optional<std::size_t> chosen;
    for (std::size_t ring = 0; ring < rings.size(); ++ring) {
      const auto* file = oldest_of(ring);
      if (file != nullptr && (!chosen || file->newest_ns < oldest_of(*chosen)->newest_ns)) chosen = ring;
    }
    if (!chosen) break;
    freed += oldest_of(*chosen)->bytes;
    from.push_back(*chosen);
    ++next[*chosen];
  }
  return from;
}

}  // namespace logbuf::archiver
