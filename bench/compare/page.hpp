// The page that the coordinator shares with the producers of one run, whatever their transport: when they are to
// write, and how far each has come. It outlives whoever is killed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "../stage.hpp"

namespace logbuf::compare {

inline constexpr std::uint32_t kMaxLives = 2048;

enum class Phase : std::uint32_t { calm, kills };

// One producer process, from its start to its end. It is its only writer; others look.
struct alignas(bench::kLine) Life {
  std::atomic<std::uint32_t> ready;                      // attached; waits at the gate
  std::atomic<std::uint64_t> written;                    // calls that returned: it is written
  std::atomic<std::uint64_t> refused;                    // calls that returned: it is not
  std::atomic<std::uint64_t> call_since_ns;              // CLOCK_MONOTONIC; 0: not in a call
  std::array<std::atomic<std::uint64_t>, 2> longest_ns;  // of a call, by Phase
};

struct Page {
  alignas(bench::kLine) std::atomic<std::uint32_t> open;  // the gate: write as fast as it goes
  std::atomic<std::uint32_t> stop;                        // for good
  std::atomic<Phase> phase;
  std::array<Life, kMaxLives> lives;
};

inline Page& page_in(const bench::SharedMemory& memory) noexcept {
  return *reinterpret_cast<Page*>(memory.data());
}

}  // namespace logbuf::compare
