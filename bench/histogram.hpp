// Counts of cycles in logarithmic buckets: exact below 128, within 1/64 above. Plain words, so that it can
// lie in shared memory.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace logbuf::bench {

class Histogram {
 public:
  void add(std::uint64_t value) noexcept { ++counts_[bucket_of(value)]; }

  void merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }

  // The least value that `share` (0 to 1) of all values do not exceed; 0 if there are none.
  std::uint64_t percentile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total()));
    std::uint64_t seen = 0;
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) continue;
      seen += counts_[i];
      last = least_of(i);
      if (seen > wanted) break;
    }
    return last;
  }

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr std::uint64_t kSubBuckets = std::uint64_t{1} << kSubBits;

  // A value of more than kSubBits + 1 bits keeps its top kSubBits + 1; the shift says which bucket group.
  static std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < 2 * kSubBuckets) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - (kSubBits + 1);
    return shift * kSubBuckets + (value >> shift);
  }
  static std::uint64_t least_of(std::size_t bucket) noexcept {
    if (bucket < 2 * kSubBuckets) return bucket;
    const std::uint64_t shift = bucket / kSubBuckets - 1;
    return (bucket - shift * kSubBuckets) << shift;
  }

  std::array<std::uint64_t, (64 - kSubBits) * kSubBuckets + kSubBuckets> counts_{};
};

}  // namespace logbuf::bench
