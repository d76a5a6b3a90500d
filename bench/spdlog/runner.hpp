// One run: a process that logs in one way, until all its lines are on file.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "../placement.hpp"
#include "../result.hpp"
#include "../waiter.hpp"
#include "options.hpp"
#include "page.hpp"

namespace logbuf::bench_spdlog {

struct Run {
  bench::CostRun cost;
  std::uint64_t sum_cycles = 0;  // of all timed calls, the timer's own included

  double p50_cycles() const noexcept { return cost.percentiles_cycles().p50; }
  double mean_cycles() const noexcept {
    const auto mean = static_cast<double>(sum_cycles) / static_cast<double>(cost.cycles.total());
    return std::max(0.0, mean - static_cast<double>(cost.timer_cycles));
  }
};

// In the order of the report.
inline constexpr Way kWays[] = {Way::ring, Way::file, Way::async, Way::nowhere};

struct Line {
  Way way;
  std::uint32_t threads;
  std::vector<Run> runs;
};

// As the report and the names of ratios have it, and what it is.
const char* name_of(Way way);
const char* settings_of(Way way);

class Runner {
 public:
  explicit Runner(const Options& options);

  // Lines that were lost end the program.
  Run run(Way way, std::uint32_t threads) const;

  std::string placement() const;
  double cycles_per_ns() const noexcept { return cycles_per_ns_; }

 private:
  Task task_for(Way way, std::uint32_t threads) const;
  void log_to_ring(const bench::SharedMemory& page, const std::filesystem::path& directory, int log) const;
  void log_to_file(const bench::SharedMemory& page, const std::filesystem::path& directory, int log) const;

  const Options& options_;
  bench::HeldSignals signals_;
  bench::Waiter waiter_{signals_};
  bench::Placement placement_;
  bench::Job cpus_;
  std::filesystem::path producer_;
  double cycles_per_ns_;
};

}  // namespace logbuf::bench_spdlog
