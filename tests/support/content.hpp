// Payloads that whoever knows (producer, n) can make again: every length from 1, zeros, and bytes that look
// like record headers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include <logbuf/record.hpp>

namespace test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = (state_ += 0x9e37'79b9'7f4a'7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

inline Random random_of(std::uint16_t producer, std::uint64_t n) {
  return Random((std::uint64_t{producer} << 48) ^ (n * 0x2545'f491'4f6c'dd1dULL));
}

inline std::size_t content_length(std::uint16_t producer, std::uint64_t n, std::size_t longest) {
  Random random = random_of(producer, n);
  const std::uint64_t limit = random.below(64) == 0 ? longest : std::min<std::uint64_t>(longest, 200);
  return 1 + random.below(limit);
}

template <typename Each>
void each_content_word(std::uint16_t producer, std::uint64_t n, std::size_t length, Each each) {
  Random random = random_of(producer, n ^ 0x5555);
  const auto style = random.below(4);
  for (std::size_t at = 0; at < length; at += 8) {
    std::uint64_t word = 0;
    if (style >= 2) word = random.next();
    if (style == 1) word = logbuf::record::pack({.length = static_cast<std::uint32_t>(1 + random.below(64))});
    each(at, std::min<std::size_t>(8, length - at), word);
  }
}

inline void fill_content(std::uint16_t producer, std::uint64_t n, std::span<std::byte> bytes) {
  each_content_word(producer, n, bytes.size(), [&](std::size_t at, std::size_t size, std::uint64_t word) {
    std::memcpy(bytes.data() + at, &word, size);
  });
}

inline bool is_content(std::uint16_t producer, std::uint64_t n, std::size_t longest, std::span<const std::byte> bytes) {
  if (bytes.size() != content_length(producer, n, longest)) return false;
  bool same = true;
  each_content_word(producer, n, bytes.size(), [&](std::size_t at, std::size_t size, std::uint64_t word) {
    same = same && std::memcmp(bytes.data() + at, &word, size) == 0;
  });
  return same;
}

// How often a test of chance tries: less under a sanitizer, more or less where LOGBUF_STRESS is set (to a factor).
inline std::uint64_t rounds(std::uint64_t count) {
#if defined(__SANITIZE_THREAD__)
  count = count / 20 + 1;
#elif defined(__SANITIZE_ADDRESS__)
  count = count / 4 + 1;
#endif
  const char* const factor = std::getenv("LOGBUF_STRESS");
  if (factor == nullptr) return count;
  return static_cast<std::uint64_t>(static_cast<double>(count) * std::max(0.0, std::strtod(factor, nullptr))) + 1;
}

}  // namespace test
