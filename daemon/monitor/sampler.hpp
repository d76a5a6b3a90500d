// What there is to say of the rings, gathered once a second: what is in them, what the archiver knows, what was a
// moment ago. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../board.hpp"
#include "../standing.hpp"
#include "disk.hpp"
#include "watch.hpp"

namespace logbuf::archiver {

// A count in shared memory as a counter: it goes on where the ring, or the producer of a slot, is another.
class Ratchet {
 public:
  std::uint64_t follow(std::uint64_t now, bool anew) {
    // Others wrote the word, and no count comes that far: it would never be right again.
    constexpr std::uint64_t impossible = std::uint64_t{1} << 60;
    if (now >= impossible) return value();
    if (anew) {
      before_ += std::exchange(last_, now);
    } else if (now > last_) {  // a look at words that change may be a moment behind the one before
      last_ = now;
    }
    return value();
  }
  std::uint64_t value() const { return before_ + last_; }

 private:
  std::uint64_t before_ = 0;
  std::uint64_t last_ = 0;
};

// Records, bytes, refused, aborted.
using ProducerCounts = std::array<Ratchet, 4>;

struct SlotCounts {
  std::string name;
  std::int64_t attached_ns = 0;
  ProducerCounts counts;
};

// What is kept of a ring from one look to the next.
struct RingCounts {
  std::array<std::byte, 16> uuid{};
  ProducerCounts all;  // producers
  Ratchet consumed;
  Ratchet holes;
  Ratchet producers_attached;
  Ratchet consumers_attached;
  std::map<std::uint16_t, SlotCounts> slots;
  Standing standing;
  Standing before_claim;  // goes on with the position of an unfinished claim
};

// A point of the plots; a negative lag: not known.
struct Point {
  std::uint64_t sample = 0;
  double fill = 0;     // of 1
  double records = 0;  // a second
  double bytes = 0;
  double consumed = 0;
  double refused = 0;
  double durable_lag_seconds = -1;
};

struct RingSample : rings::Watched {
  Board::Ring archiver;
  const RingCounts* counts = nullptr;
  std::chrono::nanoseconds stands_still{};
  std::chrono::nanoseconds held_up{};  // by the same unfinished claim, as far as looks at it tell
  DiskUse disk;
  std::vector<std::string> ailments;  // why it is not well, a sentence each
  const std::deque<Point>* history = nullptr;
};

struct Sample {
  std::uint64_t number = 0;  // from 1 on
  std::int64_t time_ns = 0;  // since 1970-01-01 UTC
  std::vector<RingSample> rings;
};

class Sampler {
 public:
  static constexpr std::size_t kHistory = 300;  // samples
  static constexpr std::size_t kMostHistories = 256;

  Sampler(const Board& board, const Disk& disk);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  void take();
  // What take() found last.
  const Sample& last() const { return sample_; }

 private:
  void count(RingSample& ring);
  void remember(RingSample& ring);

  const Board& board_;
  const Disk& disk_;
  rings::Watch watch_;
  std::map<std::string, RingCounts> counts_;
  std::map<std::string, std::deque<Point>> histories_;
  Sample sample_;
};

}  // namespace logbuf::archiver
