// The results, for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "check.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "plan.hpp"

namespace logbuf::bench_disk {

struct Report {
  const bench::Machine& machine;
  const Options& options;
  const Runner& runner;
  const Results& results;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);  // every run
// For --check.
std::vector<bench::Ratio> ratios_of(const Results& results);

}  // namespace logbuf::bench_disk
