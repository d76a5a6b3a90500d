// The flags of logbuf-bench-archive.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "check.hpp"
#include "failure.hpp"

namespace logbuf::bench_archive {

struct Options {
  std::uint64_t bytes = 0;  // of the ring, that each run fills
  std::uint32_t runs = 0;
  std::chrono::nanoseconds at_most{};  // no round is begun that would probably not end before
  std::filesystem::path directory;
  std::filesystem::path archiver;
  std::string json_path;
  bench::CheckOptions check;
  std::string text_path;             // empty: made up
  std::uint64_t capacity_bytes = 0;  // of the ring
  std::uint64_t rotate_bytes = 0;    // of a file
  std::uint64_t sync_interval_ns = 0;
  std::string sync_interval;  // the same, as people write it
  bool lines = true;
  bool compression = true;
  bool reading = false;              // that alone
  std::filesystem::path tools = {};  // the directory of what was built of tools/
  bool pin = true;
  bool rest = true;  // for the disk, before each run
  bool quick = false;
};

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::bench_archive
