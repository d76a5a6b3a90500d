// How long does it take from a commit until the consumer sees the record? Two processes ask and answer each other, by
// rings and, in turn with these, by nothing but a flag; and one wakes the other out of its sleep, by channels and by
// nothing but a futex.
#pragma once

#include <cstdint>
#include <string>

#include "machine.hpp"
#include "options.hpp"
#include "runner.hpp"
#include "stage.hpp"
#include "study.hpp"

namespace logbuf::bench {

inline bool is_latency(Measure measure) noexcept {
  return measure == Measure::spinning || measure == Measure::parked;
}

// The rings of such a run.
enum class Direction { there, back };
std::string latency_ring(const Job& job, Kind kind, Direction direction);

// The work of one process of such a run.
void work_on_latency(Stage& stage, std::int32_t role);

// Measures, and says what came out.
Study study_latency(const Machine& machine, Runner& runner, const Options& options);

}  // namespace logbuf::bench
