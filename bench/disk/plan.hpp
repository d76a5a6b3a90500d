// In which order it is measured, and how often.
#pragma once

#include <vector>

#include "options.hpp"
#include "runner.hpp"
#include "runs.hpp"

namespace logbuf::bench_disk {

struct Results {
  std::vector<Place> places;
  std::vector<ContenderKind> kinds;
  std::vector<Line> lines;
  std::string left_out;    // why there is no place in memory; empty: nothing to say
  bool cut_short = false;  // there was no time for all runs
};

// The lines point into the rest: not to be copied.
void measure_all(const Runner& runner, const Options& options, Results& results);

// logbuf by each of the others that was measured.
std::vector<Versus> compare(const Results& results);

}  // namespace logbuf::bench_disk
