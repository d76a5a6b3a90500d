// The comparison as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../machine.hpp"
#include "campaign.hpp"
#include "options.hpp"
#include "transport.hpp"

namespace logbuf::compare {

struct Line {
  TransportKind kind;
  std::optional<Outcome> producers;  // killed; empty: it was not run
  std::optional<Outcome> consumer;
  std::string failure;  // of the comparison itself; empty: none
};

struct Report {
  bench::Machine machine;
  Options options;
  std::vector<Line> lines;
};

std::string as_text(const Report& report);
std::string as_json(const Report& report);

}  // namespace logbuf::compare
