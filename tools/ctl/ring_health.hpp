// Which rings of this machine need somebody to look after them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "finding.hpp"
#include "look.hpp"

namespace logbuf::ctl {

struct Seen {
  std::string name;
  std::optional<Look> look;
  std::error_code why_not;  // it cannot be opened
  std::string detail;
};

// Opens and looks at each. Looks again, a moment later, at those in which a claim is not finished: most then are.
// What has gone in between is left out. Waits that moment once, if at all.
std::vector<Seen> look_at_rings(const std::vector<std::string>& names);

// One finding for each ring that is not as it should be, and one for all others together.
Findings check_rings(const std::vector<Seen>& rings, std::int64_t now_ns);

}  // namespace logbuf::ctl
