// What the soak was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "program.hpp"

namespace logbuf::soak {

struct Options {
  std::chrono::nanoseconds time{};
  std::chrono::nanoseconds pace{};  // between two steps of the schedule, on average
  std::uint64_t seed = 0;
  std::uint64_t first_epoch = 0;
  std::filesystem::path directory;  // where a directory of our own is made
  std::filesystem::path archiver;
  std::filesystem::path cat;
  std::filesystem::path ctl;
  std::filesystem::path producer;
  bool progress = false;  // a line every ten seconds
};

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::soak
