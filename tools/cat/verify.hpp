// --verify: is everything there, and right?
#pragma once

#include "failure.hpp"
#include "output.hpp"
#include "target.hpp"

namespace logbuf::cat {

// Reads all of it and prints a summary. ExitCode::lost, and why on stderr, if something is missing or
// damaged.
cli::ExitCode verify(const Target& target, cli::Output& out, bool json);

}  // namespace logbuf::cat
