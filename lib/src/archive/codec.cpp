#include "archive/codec.hpp"

#include <climits>

#include <lz4.h>
#include <zstd.h>

namespace logbuf::archive {
namespace {

const char* chars(std::span<const std::byte> bytes) noexcept {
  return reinterpret_cast<const char*>(bytes.data());
}

std::size_t compress_lz4(std::span<const std::byte> payload, std::span<std::byte> into) noexcept {
  if (payload.size() > LZ4_MAX_INPUT_SIZE) return 0;
  const int written = LZ4_compress_default(chars(payload), reinterpret_cast<char*>(into.data()),
                                           static_cast<int>(payload.size()), static_cast<int>(into.size()));
  return written > 0 ? static_cast<std::size_t>(written) : 0;
}

std::size_t compress_zstd(int level, std::span<const std::byte> payload, std::span<std::byte> into) noexcept {
  const std::size_t written = ZSTD_compress(into.data(), into.size(), payload.data(), payload.size(), level);
  return ZSTD_isError(written) != 0 ? 0 : written;
}

}  // namespace

std::optional<std::span<const std::byte>> compress(format::Codec codec, int level, std::span<const std::byte> payload,
                                                   std::vector<std::byte>& into) {
  if (codec == format::Codec::none || payload.empty() || payload.size() > format::kMaxUnpacked) return std::nullopt;
  // Room for one byte less than the payload has: what does not fit is not worth it.
  if (into.size() < payload.size()) into.resize(payload.size());
  const std::span<std::byte> room(into.data(), payload.size() - 1);
  const std::size_t written =
      codec == format::Codec::lz4 ? compress_lz4(payload, room) : compress_zstd(level, payload, room);
  if (written == 0) return std::nullopt;
  return room.first(written);
}

bool decompress(format::Codec codec, std::span<const std::byte> stored, std::span<std::byte> into) noexcept {
  switch (codec) {
    case format::Codec::none: return false;
    case format::Codec::lz4: {
      if (stored.size() > INT_MAX || into.size() > INT_MAX) return false;
      const int written = LZ4_decompress_safe(chars(stored), reinterpret_cast<char*>(into.data()),
                                              static_cast<int>(stored.size()), static_cast<int>(into.size()));
      return written >= 0 && static_cast<std::size_t>(written) == into.size();
    }
    case format::Codec::zstd: {
      const std::size_t written = ZSTD_decompress(into.data(), into.size(), stored.data(), stored.size());
      return ZSTD_isError(written) == 0 && written == into.size();
    }
  }
  return false;
}

}  // namespace logbuf::archive
