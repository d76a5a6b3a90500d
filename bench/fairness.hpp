// What share of an mpsc ring does each of four producers get that send as fast as they can?
#pragma once

#include "machine.hpp"
#include "options.hpp"
#include "runner.hpp"
#include "study.hpp"

namespace logbuf::bench {

// Measures, and says what came out.
Study study_fairness(const Machine& machine, Runner& runner, const Options& options);

}  // namespace logbuf::bench
