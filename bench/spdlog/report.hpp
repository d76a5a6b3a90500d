// The results, for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "check.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "runner.hpp"

namespace logbuf::bench_spdlog {

struct Report {
  const bench::Machine& machine;
  const Options& options;
  const Runner& runner;
  const std::vector<Line>& lines;  // of each number of threads logbuf's is the first
  bool cut_short = false;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);  // every run
// For --check.
std::vector<bench::Ratio> ratios_of(const std::vector<Line>& lines);

}  // namespace logbuf::bench_spdlog
