// --stats: how much came from whom, of which type.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "format.hpp"

namespace logbuf::cat {

struct Tally {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of payload
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most = 0;
  // Of the records' own times, or else of their draining.
  std::optional<std::int64_t> first_ns;
  std::optional<std::int64_t> last_ns;

  void add(const Record& record);
  double mean() const { return static_cast<double>(bytes) / static_cast<double>(records); }
  // Empty where there are no times, or no time has passed.
  std::optional<double> records_per_s() const;
};

// Writes nothing but the totals, at the end: a table, or one JSON object.
class StatsFormat : public Format {
 public:
  StatsFormat(cli::Output& out, bool json) : Format(out), json_(json) {}

  void record(const Record& record) override;
  void gap(const Gap& gap) override;
  void finish() override;

 private:
  using Key = std::tuple<std::uint16_t, std::string, std::uint16_t>;  // slot, name, type

  void print_table();
  void print_json();

  bool json_;
  std::map<Key, Tally> tallies_;
  Tally all_;
  std::uint64_t gaps_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace logbuf::cat
