// What a target has lost, for the words and the exit code at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/archive.hpp>

#include "item.hpp"

namespace logbuf::cat {

// "-- lost 128 records, why --", "-- missed 3 records --", "-- producer feed-3 (slot 3) died in a claim --"
std::string gap_line(const Gap& gap);

// The first few of many, in words.
class FirstFew {
 public:
  void add(std::string one);
  // "first, second, and 3 more"
  std::string text(const std::string& separator) const;
  std::uint64_t number() const noexcept { return number_; }

 private:
  std::vector<std::string> first_;
  std::uint64_t number_ = 0;
};

class Losses {
 public:
  // A gap that is only missed, or that lost nothing, is no loss.
  void add(const Gap& gap);
  // That producers dropped at a ring while it was looked at: nobody can see them.
  void add_refused(std::uint64_t records) { refused_ += records; }
  void add_damaged_bytes(std::uint64_t bytes) { damaged_bytes_ += bytes; }
  // What verifying finds; what is only torn is no loss.
  void add(const archive::Finding& finding);

  bool any() const noexcept { return gaps_ != 0 || damaged_bytes_ != 0 || contradictions_.number() != 0; }
  // "lost 3 records in 2 gaps"
  std::string lost() const;
  // The same, and what was missed or refused; or "nothing lost".
  std::string summary() const;
  // One sentence: how many, and where.
  std::string sentence(const std::string& target) const;

 private:
  void count(const std::optional<std::uint64_t>& records);

  std::uint64_t gaps_ = 0;
  std::uint64_t records_ = 0;
  bool more_ = false;  // some gap does not know how many
  std::uint64_t missed_ = 0;
  bool more_missed_ = false;  // some gap does not know how many
  std::uint64_t refused_ = 0;
  std::uint64_t damaged_bytes_ = 0;
  FirstFew where_;
  FirstFew contradictions_;  // the archive's own words about itself do not fit each other
};

}  // namespace logbuf::cat
