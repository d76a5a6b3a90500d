// What /status.json says: what the page shows. Each ring as logbuf-ctl inspect --json prints it, and more.
#pragma once

#include <cstdint>
#include <string>

#include "sampler.hpp"

namespace logbuf::archiver {

// Of the history, what came after this sample.
std::string status_json(const Sample& sample, std::uint64_t since);

}  // namespace logbuf::archiver
