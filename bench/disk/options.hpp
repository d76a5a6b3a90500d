// The flags of logbuf-bench-disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "check.hpp"
#include "failure.hpp"

namespace logbuf::bench_disk {

struct Options {
  std::uint64_t records = 0;       // of a throughput run
  std::uint64_t cost_records = 0;  // of all cost runs of a contender together
  std::uint32_t runs = 0;
  std::chrono::nanoseconds at_most{};  // no round is begun that would probably not end before
  std::filesystem::path disk;
  std::filesystem::path memory;  // empty: that is left out
  std::filesystem::path archiver;
  std::uint64_t capacity_bytes = 0;  // of the ring, and of what others have in its place
  std::string json_path;
  bench::CheckOptions check;
  bool pin = true;
  bool rest = true;  // for the disk, before each run
  bool quick = false;
};

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::bench_disk
