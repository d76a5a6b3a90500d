// What a feeder sends: record n of producer p, which anybody can make again from (p, n) alone. Mostly small, some
// large; some payloads are zeros, some look like record headers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace test {

class RecordStream {
 public:
  // Lengths are 1 to `longest` bytes; of two million records about one in ten thousand is longer than 4 KiB.
  RecordStream(std::uint16_t producer, std::size_t longest) : producer_(producer), longest_(longest) {}

  // The next record's payload length, then its payload: exactly one fill() or matches() behind each begin().
  std::size_t begin() {
    state_ = (std::uint64_t{producer_} << 48) ^ (n_ * 0x2545'f491'4f6c'dd1dULL);
    const std::uint64_t draw = random();
    std::uint64_t limit = 80;
    if ((draw & 0xff) == 0) limit = 4096;
    if ((draw & 0x3fff) == 0) limit = longest_;
    length_ = 1 + (draw >> 16) % std::min<std::uint64_t>(limit, longest_);
    style_ = (draw >> 14) & 3;
    return length_;
  }

  void fill(std::span<std::byte> to) {
    each_word([&](std::size_t at, std::size_t size, std::uint64_t word) { std::memcpy(to.data() + at, &word, size); });
  }

  bool matches(std::span<const std::byte> bytes) {
    bool same = bytes.size() == length_;
    if (!same) return false;
    each_word([&](std::size_t at, std::size_t size, std::uint64_t word) {
      same = same && std::memcmp(bytes.data() + at, &word, size) == 0;
    });
    return same;
  }

  std::uint64_t n() const { return n_; }

 private:
  std::uint64_t random() {  // splitmix64
    std::uint64_t z = (state_ += 0x9e37'79b9'7f4a'7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
    return z ^ (z >> 31);
  }

  // The first word says who and which; what follows is by chance, zeros, or a header of a short record.
  template <typename Each>
  void each_word(Each each) {
    std::uint64_t word = (std::uint64_t{producer_} << 48) | n_;
    for (std::size_t at = 0; at < length_; at += 8) {
      each(at, std::min<std::size_t>(8, length_ - at), word);
      word = style_ == 0 ? 0 : style_ == 1 ? 24 : random();
    }
    ++n_;
  }

  std::uint16_t producer_;
  std::size_t longest_;
  std::uint64_t n_ = 0;
  std::uint64_t state_ = 0;
  std::size_t length_ = 0;
  std::uint64_t style_ = 0;
};

}  // namespace test
