// What the archiver is measured by: a loop that writes prepared bytes to files, and makes them durable when the
// archiver would.
#pragma once

#include <filesystem>

#include "page.hpp"

namespace logbuf::bench_archive {

PlainRun write_plainly(const Task& task, const std::filesystem::path& directory);

}  // namespace logbuf::bench_archive
