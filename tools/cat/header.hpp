// --header: what a ring, or each file of an archive, says of itself.
#pragma once

#include "failure.hpp"
#include "output.hpp"
#include "target.hpp"

namespace logbuf::cat {

// ExitCode::lost, and why on stderr, if a file's header cannot be read.
cli::ExitCode print_header(const Target& target, cli::Output& out, bool json);

}  // namespace logbuf::cat
