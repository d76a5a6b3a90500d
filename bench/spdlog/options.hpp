// The flags of logbuf-bench-spdlog.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "check.hpp"
#include "failure.hpp"

namespace logbuf::bench_spdlog {

struct Options {
  std::uint64_t calls = 0;  // of a run, of all its threads together
  std::uint32_t runs = 0;
  std::chrono::nanoseconds at_most{};  // no round is begun that would probably not end before
  std::string pattern;
  std::filesystem::path directory;
  std::filesystem::path archiver;
  std::string json_path;
  bench::CheckOptions check;
  bool pin = true;
  bool quick = false;
};

// Runs `body` with what the command line says; the exit status.
int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::bench_spdlog
