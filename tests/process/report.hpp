// What the reporting peer says of a record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "content.hpp"

namespace test {

struct Report {
  std::uint64_t position;
  std::uint64_t seq;
  std::uint16_t type;
  std::uint16_t slot;
  std::uint32_t length;
  std::uint64_t hash;
  friend bool operator==(const Report&, const Report&) = default;
};

inline std::uint64_t hash_of(std::span<const std::byte> bytes) {
  std::uint64_t h = 0xcbf2'9ce4'8422'2325ULL;
  for (const std::byte b : bytes) h = (h ^ std::to_integer<std::uint64_t>(b)) * 0x100'0000'01b3ULL;
  return h;
}

inline bool is_report_of(const Report& report, std::uint64_t n, std::size_t longest) {
  std::vector<std::byte> bytes(content_length(report.type, n, longest));
  fill_content(report.type, n, bytes);
  return report.length == bytes.size() && report.hash == hash_of(bytes);
}

}  // namespace test
