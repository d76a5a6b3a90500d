#include "cycle_timer.hpp"

#include <algorithm>
#include <vector>

namespace logbuf::bench {
namespace {

struct Moment {
  std::uint64_t cycles;
  std::uint64_t ns;
};

// Both clocks at once, as nearly as can be: of several attempts the one that took least.
Moment read_both() {
  Moment best{};
  std::uint64_t best_gap = ~std::uint64_t{0};
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t before = cycles_before();
    const std::uint64_t ns = monotonic_ns();
    const std::uint64_t after = cycles_after();
    if (after - before < best_gap) {
      best_gap = after - before;
      best = {.cycles = before + best_gap / 2, .ns = ns};
    }
  }
  return best;
}

}  // namespace

double calibrate_cycles_per_ns() {
  const Moment first = read_both();
  const timespec while_both_run = {.tv_sec = 0, .tv_nsec = 100'000'000};
  ::nanosleep(&while_both_run, nullptr);
  const Moment second = read_both();
  return static_cast<double>(second.cycles - first.cycles) / static_cast<double>(second.ns - first.ns);
}

std::uint64_t measure_timer_cycles() {
  std::vector<std::uint64_t> samples(20'001);
  for (std::uint64_t& sample : samples) {
    const std::uint64_t before = cycles_before();
    sample = cycles_after() - before;
  }
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

}  // namespace logbuf::bench
