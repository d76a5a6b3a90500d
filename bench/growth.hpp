// What grows with the number of attached producers, and with the size of the ring?
#pragma once

#include "machine.hpp"
#include "options.hpp"
#include "runner.hpp"
#include "stage.hpp"
#include "study.hpp"

namespace logbuf::bench {

// The work of the processes of such a run: one that holds producers and does nothing with them, and one that measures a
// producer's cost and drains the ring itself in between.
void attach_idle_producers(Stage& stage);
void work_at_both_ends(Stage& stage);

// Measures, and says what came out.
Study study_growth(const Machine& machine, Runner& runner, const Options& options);

}  // namespace logbuf::bench
