// The page that the coordinator shares with the process that a run has besides the archiver: what it is to do, and what
// came out.
#pragma once

#include <atomic>
#include <cstdint>

#include "runs.hpp"
#include "stage.hpp"

namespace logbuf::bench_archive {

// Written by the coordinator before there is a worker.
struct Task {
  std::uint64_t bytes = 0;             // producer: of the ring; plain loop: of its files
  std::uint32_t payload_bytes = 0;     // producer of records; 0: lines of text
  std::uint64_t file_bytes = 0;        // plain loop: of each file but the last
  std::uint64_t sync_interval_ns = 0;  // plain loop; 0: none but for whole files
};

// What the producer wrote.
struct Produced {
  bench::Tally all;
  std::uint64_t first_commit_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t last_commit_ns = 0;
};

struct Page {
  Task task;
  alignas(bench::kLine) std::atomic<std::uint32_t> done;  // the rest is valid
  Produced produced;
  PlainRun plain;
};

}  // namespace logbuf::bench_archive
