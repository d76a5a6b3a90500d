// What --check looks at: logbuf by what stands beside it, round by round.
#pragma once

#include <vector>

#include "check.hpp"
#include "result.hpp"

namespace logbuf::bench {

std::vector<Ratio> ratios_of(const std::vector<Result>& results);

}  // namespace logbuf::bench
