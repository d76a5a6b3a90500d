// The records that all transports carry: 128 bytes of text, which anybody can make again from (life, n) alone.
// Text, because LTTng's reader shows its fields as text.
//
//   0    4          16                                        128
//   | life | n       | letters, by chance from (life, n)         |
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace logbuf::compare {

inline constexpr std::size_t kRecordBytes = 128;

// What a record says of itself. A life is one producer process, from its start to its end; n counts its attempts to
// write from 0.
struct RecordId {
  std::uint32_t life = 0;  // below 2^16
  std::uint64_t n = 0;     // below 2^48

  friend bool operator==(const RecordId&, const RecordId&) = default;
};

using RecordText = std::array<char, kRecordBytes>;

inline RecordText make_record(RecordId id) noexcept {
  RecordText text;
  std::uint64_t head = (std::uint64_t{id.life} << 48) | id.n;
  std::uint64_t state = head;
  for (std::size_t i = 16; i-- > 0; head >>= 4) text[i] = "0123456789abcdef"[head & 15];
  for (std::size_t at = 16; at < kRecordBytes; at += 8) {
    std::uint64_t word = (state += 0x9e37'79b9'7f4a'7c15ULL);  // splitmix64
    word = (word ^ (word >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d0'49bb'1331'11ebULL;
    word = ((word ^ (word >> 31)) & 0x0f0f'0f0f'0f0f'0f0fULL) + 0x6161'6161'6161'6161ULL;  // 'a' to 'p'
    std::memcpy(&text[at], &word, sizeof word);
  }
  return text;
}

// Nothing, if it is not a record, or not every byte of it is right.
inline std::optional<RecordId> read_record(std::string_view bytes) noexcept {
  if (bytes.size() != kRecordBytes) return std::nullopt;
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(bytes[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    head = (head << 4) | digit;
  }
  const RecordId id{.life = static_cast<std::uint32_t>(head >> 48), .n = head & 0xffff'ffff'ffffULL};
  const RecordText right = make_record(id);
  if (std::memcmp(right.data(), bytes.data(), kRecordBytes) != 0) return std::nullopt;
  return id;
}

}  // namespace logbuf::compare
