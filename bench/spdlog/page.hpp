// The page that the coordinator shares with the process that logs: what it is to do, and what came out.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../histogram.hpp"
#include "../stage.hpp"

namespace logbuf::bench_spdlog {

inline constexpr std::uint32_t kMaxThreads = 16;

// Where the lines go.
enum class Way : std::uint32_t { ring, file, async, nowhere };

// Written by the coordinator before anybody logs. All but the last two is of each thread.
struct Task {
  Way way = Way::ring;
  std::uint32_t threads = 1;
  std::uint64_t bursts = 0;                      // a rest stands before each
  std::uint64_t calls_a_burst = 0;               // that of all threads together find room
  std::uint64_t warm_up_bursts = 0;              // the first, untimed
  std::array<std::int32_t, kMaxThreads> cpus{};  // -1: any
  std::uint64_t queue_messages = 0;              // async
  std::int32_t writer_cpu = -1;                  // async
  std::array<char, 64> pattern{};
};

struct alignas(bench::kLine) ThreadResult {
  bench::Histogram cycles;  // of each timed call, the timer's own included
  std::uint64_t sum_cycles = 0;
  std::uint64_t timer_cycles = 0;  // the timer's own
};

struct Page {
  Task task;
  alignas(bench::kLine) std::atomic<std::uint32_t> done;  // the rest is valid
  std::uint64_t errors;                                   // told by spdlog
  std::array<ThreadResult, kMaxThreads> threads;
};

inline Page& page_in(const bench::SharedMemory& memory) noexcept {
  return *reinterpret_cast<Page*>(memory.data());
}

}  // namespace logbuf::bench_spdlog
