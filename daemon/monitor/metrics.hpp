// What /metrics says. The names are part of the interface: docs/monitoring and the manual page have them.
#pragma once

#include <string>

#include "sampler.hpp"

namespace logbuf::archiver {

// `start_ns`: of the archiver, since 1970-01-01 UTC.
std::string metrics_text(const Sample& sample, std::optional<std::uint64_t> free_bytes, std::int64_t start_ns);

}  // namespace logbuf::archiver
