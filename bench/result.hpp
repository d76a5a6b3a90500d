// What came out: of one run, and of all runs of a configuration.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "configuration.hpp"
#include "histogram.hpp"

namespace logbuf::bench {

struct ThroughputRun {
  std::uint64_t records = 0;
  std::uint64_t payload_bytes = 0;
  double seconds = 0;

  double records_per_s() const noexcept { return static_cast<double>(records) / seconds; }
  double bytes_per_s() const noexcept { return static_cast<double>(payload_bytes) / seconds; }
};

struct Percentiles {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
};

struct CostRun {
  Histogram cycles;                // the timer's own included
  std::uint64_t timer_cycles = 0;  // the timer's own
  std::uint64_t refused = 0;       // claims, by a full ring

  // The timer's own cost taken off.
  Percentiles percentiles_cycles() const noexcept {
    const auto at = [&](double share) {
      const std::uint64_t all = cycles.percentile(share);
      return static_cast<double>(all - std::min(all, timer_cycles));
    };
    return {.p50 = at(0.5), .p99 = at(0.99), .p999 = at(0.999)};
  }
  void merge(const CostRun& other) noexcept {
    timer_cycles = timer_cycles == 0 ? other.timer_cycles : std::min(timer_cycles, other.timer_cycles);
    refused += other.refused;
    cycles.merge(other.cycles);
  }
};

struct DeathsRun {
  Histogram wait_ns;    // of those who live, from the wish to the commit
  Histogram behind_ns;  // of the record behind each hole

  void merge(const DeathsRun& other) noexcept {
    wait_ns.merge(other.wait_ns);
    behind_ns.merge(other.behind_ns);
  }
};

struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};

inline Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.median = median, .least = values.front(), .most = values.back()};
}

struct Result {
  Configuration configuration;
  std::vector<ThroughputRun> throughput;
  std::vector<CostRun> cost;

  Spread records_per_s() const {
    std::vector<double> values;
    for (const ThroughputRun& run : throughput) values.push_back(run.records_per_s());
    return spread_of(values);
  }
  double bytes_per_s() const { return records_per_s().median * configuration.payload_bytes; }
  CostRun all_cost() const {
    CostRun all;
    for (const CostRun& run : cost) all.merge(run);
    return all;
  }
};

}  // namespace logbuf::bench
