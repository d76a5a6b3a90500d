// What a target has lost, for the words and the exit code at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "item.hpp"

namespace logbuf::cat {

// "-- lost 128 records, why --", "-- missed 3 records --", "-- producer feed-3 (slot 3) died in a claim --"
std::string gap_line(const Gap& gap);

class Losses {
 public:
  // A gap that is only missed, or that lost nothing, is no loss.
  void add(const Gap& gap);
  void add_damaged_bytes(std::uint64_t bytes) { damaged_bytes_ += bytes; }
  // The archive's own words about itself do not fit each other.
  void add_contradiction(const std::string& why);

  bool any() const noexcept { return gaps_ != 0 || damaged_bytes_ != 0 || contradictions_ != 0; }
  // One sentence: how many, and where.
  std::string sentence(const std::string& target) const;

 private:
  std::uint64_t gaps_ = 0;
  std::uint64_t records_ = 0;
  bool more_ = false;  // some gap does not know how many
  std::uint64_t damaged_bytes_ = 0;
  std::uint64_t contradictions_ = 0;
  std::string contradiction_;       // the first
  std::vector<std::string> where_;  // of the first few gaps
};

}  // namespace logbuf::cat
