// The program's usual work: the records of all targets, one target after the other or merged by time.
#pragma once

#include "failure.hpp"
#include "options.hpp"
#include "output.hpp"

namespace logbuf::cat {

// ExitCode::lost, and what on stderr, if records are lost.
cli::ExitCode copy_targets(const Options& options, cli::Output& out);

}  // namespace logbuf::cat
