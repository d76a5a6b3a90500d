// What logbuf-stat can be told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "program.hpp"

namespace logbuf::stat {

struct Options {
  std::vector<std::string> rings;  // names and patterns; empty: all
  bool once = false;
  bool json = false;
  cli::Duration interval{std::chrono::seconds(1)};
  std::optional<cli::Count> count;
};

cli::ProgramInfo program(Options& options);

// Throws cli::Stop for what does not go together, and for a name that no ring has.
void check(const Options& options);

}  // namespace logbuf::stat
