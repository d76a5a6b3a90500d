// From the archive to the ring.
#pragma once

#include "options.hpp"

namespace logbuf::replay {

cli::ExitCode replay(const Options& options);

}  // namespace logbuf::replay
