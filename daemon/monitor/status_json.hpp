// What /status.json says: what the page shows. Each ring as logbuf-ctl inspect --json prints it, and more.
#pragma once

#include <cstdint>
#include <string>

#include "sampler.hpp"

namespace logbuf::archiver {

// Of the history, what came after this sample. `start_ns`: when the archiver began, by which one who asks knows that it
// is another, whose samples are numbered anew.
std::string status_json(const Sample& sample, std::uint64_t since, std::int64_t start_ns);

}  // namespace logbuf::archiver
