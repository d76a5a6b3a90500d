// Records of one length, the same ones each time: whoever reads them can make them again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "random.hpp"

namespace logbuf::bench {

// Each is another part of a buffer, and begins with its number.
class NumberedRecords {
 public:
  explicit NumberedRecords(std::size_t length) : length_(length), bytes_(kVariety + length) {
    Random random(1);
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes_.size(); at += sizeof(std::uint64_t)) {
      const std::uint64_t word = random.next();
      std::memcpy(&bytes_[at], &word, sizeof word);
    }
  }

  // Valid until the next call.
  std::span<const std::byte> next() noexcept {
    const auto record = std::span(bytes_).subspan(count_ * kStep % kVariety, length_);
    std::memcpy(record.data(), &count_, sizeof count_);
    ++count_;
    return record;
  }

 private:
  static constexpr std::size_t kVariety = 256 * 1024;  // bytes: stays in the producer's cache
  static constexpr std::size_t kStep = 8 * 37;

  std::size_t length_;
  std::vector<std::byte> bytes_;
  std::uint64_t count_ = 0;
};

}  // namespace logbuf::bench
