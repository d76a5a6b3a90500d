// Whether a ring is well: its drain goes on, and what it writes becomes durable as the policy says.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace logbuf::archiver {

struct RingSample;
struct Sample;

// Why it is not, a sentence each; none: it is.
std::vector<std::string> ailments_of(const RingSample& ring, std::chrono::steady_clock::time_point now);

bool is_well(const Sample& sample);
// "ok", or a line for each ailment.
std::string health_text(const Sample& sample);

}  // namespace logbuf::archiver
