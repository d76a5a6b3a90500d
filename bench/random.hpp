// Bytes that do not repeat, the same in every run (xorshift64*).
#pragma once

#include <cstdint>

namespace logbuf::bench {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1DULL;
  }

 private:
  std::uint64_t state_;  // never 0
};

}  // namespace logbuf::bench
