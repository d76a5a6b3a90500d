// The results, for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "machine.hpp"
#include "options.hpp"
#include "result.hpp"
#include "runner.hpp"

namespace logbuf::bench {

struct Report {
  const Machine& machine;
  const Options& options;
  const Placement& placement;
  double cycles_per_ns;
  const std::vector<Result>& results;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);  // every run

}  // namespace logbuf::bench
