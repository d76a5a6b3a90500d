// What every source gives and every format takes: a record, or a gap where records should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <logbuf/record.hpp>

namespace logbuf::cat {

// `producer` and `bytes` live until the source's next next().
struct Record {
  std::uint64_t seq = 0;
  Position position = 0;
  std::optional<std::int64_t> time_ns;        // since 1970-01-01 UTC; empty where the ring has no timestamps
  std::optional<std::int64_t> drain_time_ns;  // of an archive's record: when its block was written
  std::uint16_t slot = 0;
  std::uint16_t type = 0;
  std::string_view producer;  // empty: not known
  std::span<const std::byte> bytes;

  // Its own time, or else the one at which it came into the archive; neither in a ring without timestamps.
  std::optional<std::int64_t> any_time_ns() const noexcept { return time_ns ? time_ns : drain_time_ns; }
};

struct Gap {
  enum class Kind {
    lost,    // not in the archive
    missed,  // taken from the ring by its consumer before this program looked at them: they are not lost
  };
  Kind kind = Kind::lost;
  std::optional<std::uint64_t> records;  // empty: nobody knows how many
  Position from = 0;
  Position to = 0;
  std::string why;
  std::optional<std::uint16_t> slot;  // whose it is alone, where that is known
  std::string producer;               // its name; empty: not known
  std::size_t target = 0;             // of several that are merged
};

using Item = std::variant<Record, Gap>;

inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace logbuf::cat
