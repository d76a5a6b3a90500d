#include "write_log.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

namespace logbuf::powercut {
namespace {

static_assert(std::endian::native == std::endian::little);

// In the log's first sector.
struct Head {
  static constexpr std::uint64_t kMagic = 0x6a'7366'7773'6872;
  std::uint64_t magic = 0;
  std::uint64_t version = 0;
  std::uint64_t entries = 0;
  std::uint32_t sector_bytes = 0;
  std::uint32_t unused = 0;
};

// A sector for each request, then what it wrote.
struct Entry {
  static constexpr std::uint64_t kFlush = 1;
  static constexpr std::uint64_t kDiscard = 4;
  std::uint64_t sector = 0;
  std::uint64_t sectors = 0;
  std::uint64_t flags = 0;
  std::uint64_t data_length = 0;
};

}  // namespace

WriteLog::WriteLog(const std::filesystem::path& path) : file_(path, std::ios::binary) {
  Head head;
  read_at(0, std::as_writable_bytes(std::span(&head, 1)));
  if (head.magic != Head::kMagic || head.version != 1 || head.sector_bytes < sizeof head)
    throw std::runtime_error(path.string() + " is no log of a disk's writes");
  std::uint64_t at = head.sector_bytes;
  for (std::uint64_t n = 0; n < head.entries; ++n) {
    Entry entry;
    read_at(at, std::as_writable_bytes(std::span(&entry, 1)));
    at += head.sector_bytes;
    const std::uint64_t bytes = entry.sectors * head.sector_bytes;
    if ((entry.flags & Entry::kFlush) != 0) {
      requests_.push_back({.kind = Request::Kind::flush});
    } else if ((entry.flags & Entry::kDiscard) == 0) {
      // Counted, but not written any more when the power went.
      if (bytes == 0) break;
      requests_.push_back({.at = entry.sector * head.sector_bytes, .bytes = bytes, .data = at});
      at += bytes;
    }
  }
}

void WriteLog::read(const Request& write, std::span<std::byte> into) {
  read_at(write.data, into);
}

void WriteLog::read_at(std::uint64_t at, std::span<std::byte> into) {
  file_.seekg(static_cast<std::streamoff>(at));
  if (!file_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size())))
    throw std::runtime_error("the log of the disk's writes cannot be read at byte " + std::to_string(at));
}

}  // namespace logbuf::powercut
