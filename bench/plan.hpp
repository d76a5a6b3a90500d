// Which configurations are measured, and in which order.
#pragma once

#include <vector>

#include "configuration.hpp"
#include "options.hpp"
#include "result.hpp"
#include "runner.hpp"

namespace logbuf::bench {

// The references that stand beside a line of the table.
Configuration in_process_beside(const Configuration& line);
Configuration bare_copy_beside(const Configuration& line);

// All configurations, references included; the table's lines are those of queues and channels.
std::vector<Configuration> plan(const Options& options);

// Run 1 of all configurations, then run 2 of all: what the machine does meanwhile befalls all alike.
std::vector<Result> measure_all(Runner& runner, const Options& options);

const Result* find(const std::vector<Result>& results, const Configuration& configuration);

}  // namespace logbuf::bench
