// The flags of logbuf-compare.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "failure.hpp"

namespace logbuf::compare {

struct Options {
  std::uint32_t kills = 0;
  std::uint32_t consumer_kills = 0;
  std::uint32_t producers = 0;
  std::uint64_t capacity_bytes = 0;
  std::chrono::nanoseconds look{};   // how long the survivors are given
  std::chrono::nanoseconds limit{};  // of all kills of one transport
  std::uint64_t seed = 0;
  std::vector<std::string> only;  // transports; empty: all
  std::string archiver;           // empty: beside this program, as it is built
  std::string json_path;
};

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::compare
