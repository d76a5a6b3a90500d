// What logbuf-replay was asked to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pace.hpp"
#include "program.hpp"
#include "ring.hpp"
#include "selection.hpp"
#include "sink.hpp"
#include "value.hpp"

namespace logbuf::replay {

// As it was given: "2.5", "max".
struct Speed {
  std::optional<double> times = 1;  // nothing: max
};

struct Options {
  std::vector<std::string> archive;  // one
  std::vector<std::string> ring;     // one
  cat::Selection which;
  write::RingWish ring_wish;
  write::SinkOptions sink;
  Speed speed;
  std::optional<cli::Duration> max_pause;
  cli::Count loop{1};  // 0: for ever
  bool verbose = false;

  PaceOptions pace() const {
    return {.speed = speed.times, .max_pause = max_pause ? std::optional(max_pause->time) : std::nullopt};
  }
};

// The command line, bound to `options`.
cli::ProgramInfo program(Options& options);

// Ends the program (exit code 2) where the options contradict each other.
void check(Options& options);

}  // namespace logbuf::replay
