// The processes of a run besides the archiver. The coordinator starts them as
// `logbuf-bench-archive worker PAGE produce RING [TEXT]` and `... worker PAGE write DIR`.
#pragma once

#include <span>

#include "failure.hpp"

namespace logbuf::bench_archive {

cli::ExitCode work(std::span<char* const> arguments);

}  // namespace logbuf::bench_archive
