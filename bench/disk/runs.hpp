// What is measured, and what came out.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "../result.hpp"
#include "contender.hpp"

namespace logbuf::bench_disk {

using bench::Spread;
using bench::spread_of;
using bench::ThroughputRun;

struct CostRun {
  bench::CostRun cost;
  std::uint64_t sum_cycles = 0;  // of all timed records, the timer's own included

  double p50_cycles() const noexcept { return cost.percentiles_cycles().p50; }
  double mean_cycles() const noexcept {
    const auto mean = static_cast<double>(sum_cycles) / static_cast<double>(cost.cycles.total());
    return std::max(0.0, mean - static_cast<double>(cost.timer_cycles));
  }
};

// One round of one contender.
struct Run {
  ThroughputRun throughput;  // from the first record until all are on file
  CostRun cost;              // in a run of its own
};

// Where the files are.
struct Place {
  std::string name;  // "disk", as the names of ratios have it
  std::filesystem::path directory;
  std::string description;
};

struct Line {
  const Place* place;
  const ContenderKind* kind;
  std::vector<Run> runs;  // none where it is absent
};

// logbuf by another, in the same place and the same round.
struct Versus {
  const Line* ours;
  const Line* other;

  // How many times as many.
  std::vector<double> rates() const {
    return by_round(
        [](const Run& a, const Run& b) { return a.throughput.records_per_s() / b.throughput.records_per_s(); });
  }
  // What part of.
  std::vector<double> costs() const {
    return by_round([](const Run& a, const Run& b) { return a.cost.p50_cycles() / b.cost.p50_cycles(); });
  }
  std::vector<double> mean_costs() const {
    return by_round([](const Run& a, const Run& b) { return a.cost.mean_cycles() / b.cost.mean_cycles(); });
  }

 private:
  template <typename Of>
  std::vector<double> by_round(Of of) const {
    std::vector<double> values;
    for (std::size_t i = 0; i < std::min(ours->runs.size(), other->runs.size()); ++i)
      values.push_back(of(ours->runs[i], other->runs[i]));
    return values;
  }
};

// Over all runs, what `value` makes of each.
template <typename Value>
Spread spread_over(const std::vector<Run>& runs, Value value) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(value(run));
  return spread_of(std::move(values));
}

}  // namespace logbuf::bench_disk
