// In which order it is measured, and how often.
#pragma once

#include <vector>

#include "options.hpp"
#include "runner.hpp"
#include "runs.hpp"

namespace logbuf::bench_archive {

struct Results {
  std::vector<Line> lines;
  std::vector<CompressRun> compression;
  bool cannot_compress = false;  // the archiver does not know how
  Reading reading;
  bool cut_short = false;  // there was no time for all runs
};

Results measure_all(Runner& runner, const Options& options);

}  // namespace logbuf::bench_archive
