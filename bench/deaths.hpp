// How long does anybody wait for a producer that is killed in a claim? Producers send as fast as they go; beside them
// one process after the other attaches, claims, and is killed by SIGKILL before it commits.
#pragma once

#include <cstdint>

#include "machine.hpp"
#include "options.hpp"
#include "runner.hpp"
#include "stage.hpp"
#include "study.hpp"

namespace logbuf::bench {

// The work of one process of such a run.
void work_among_deaths(Stage& stage, std::int32_t role);

// Measures, with deaths and without.
Study study_deaths(const Machine& machine, Runner& runner, const Options& options);

}  // namespace logbuf::bench
