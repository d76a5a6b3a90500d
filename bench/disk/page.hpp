// The page that the coordinator shares with the producer of a run: what it is to do, and what came out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../histogram.hpp"
#include "../stage.hpp"

namespace logbuf::bench_disk {

inline constexpr std::size_t kRecordBytes = 128;

enum class Measure : std::uint32_t { throughput, cost };

// Written by the coordinator before there is a producer.
struct Task {
  Measure measure = Measure::throughput;
  std::uint64_t records = 0;             // of cost: the untimed ones included
  std::uint64_t warm_up_records = 0;     // cost: the first, untimed
  std::uint64_t rest_every_records = 0;  // cost
  std::uint64_t room_records = 0;        // that fit between the producer and what writes
  std::int32_t writer_cpu = -1;          // of a thread that writes, where it is the producer's own; -1: any
};

struct Produced {
  std::uint64_t first_ns = 0;    // before the first record; CLOCK_MONOTONIC
  std::uint64_t on_file_ns = 0;  // all is, where the producer itself writes; else 0
  bench::Histogram cycles;       // of each timed record, the timer's own included
  std::uint64_t sum_cycles = 0;
  std::uint64_t timer_cycles = 0;  // the timer's own
};

struct Page {
  Task task;
  alignas(bench::kLine) std::atomic<std::uint32_t> done;  // the rest is valid
  Produced produced;
};

inline Page& page_in(const bench::SharedMemory& memory) noexcept {
  return *reinterpret_cast<Page*>(memory.data());
}

}  // namespace logbuf::bench_disk
