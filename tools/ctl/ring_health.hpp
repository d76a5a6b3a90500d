// Which rings of this machine need somebody to look after them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "finding.hpp"
#include "look.hpp"

namespace logbuf::ctl {

// Opens and looks at each. Looks again, a moment later, at those in which a claim is not finished: most then are.
// What has gone in between is left out. Waits that moment once, if at all.
std::vector<rings::Seen> look_at_rings(const std::vector<std::string>& names);

// One finding for each ring that is not as it should be, and one for all others together.
Findings check_rings(const std::vector<rings::Seen>& rings, std::int64_t now_ns);

}  // namespace logbuf::ctl
