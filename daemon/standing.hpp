// Whether a drain goes on.
#pragma once

#include <chrono>
#include <cstdint>

namespace logbuf::archiver {

// A drain that parks or waits for a disk to have room goes on every second. One that is looked at more often is told
// nothing worse before.
inline constexpr auto kLongestSilence = std::chrono::seconds(2);

// When it was last seen to have gone on.
class Standing {
 public:
  // How long it has stood still for, as far as looks at it tell.
  std::chrono::nanoseconds look(std::uint64_t rounds, std::chrono::steady_clock::time_point now) {
    if (rounds != rounds_) {
      rounds_ = rounds;
      went_on_ = now;
    }
    return now - went_on_;
  }
  void goes_on(std::chrono::steady_clock::time_point now) { went_on_ = now; }

 private:
  std::uint64_t rounds_ = 0;
  std::chrono::steady_clock::time_point went_on_ = std::chrono::steady_clock::now();
};

}  // namespace logbuf::archiver
