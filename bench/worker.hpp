// The work of one process of a run. The coordinator starts the workers as `logbuf-bench worker DESCRIPTOR
// ROLE`.
#pragma once

#include <cstdint>

#include "failure.hpp"

namespace logbuf::bench {

// What a worker is: a producer's number, or one of these.
inline constexpr std::int32_t kRoleConsumer = -1;
inline constexpr std::int32_t kRoleAll = -2;     // a process of its own for threads: in_process
inline constexpr std::int32_t kRoleKiller = -3;  // of producers in a claim: deaths.hpp
inline constexpr std::int32_t kRoleIdle = -4;    // many producers that do nothing: growth.hpp

cli::ExitCode work(int stage_descriptor, std::int32_t role);

}  // namespace logbuf::bench
