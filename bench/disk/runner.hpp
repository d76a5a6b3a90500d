// One run: an empty directory, what writes, a producer, and the files read back.
#pragma once

#include <vector>

#include "../placement.hpp"
#include "contender.hpp"
#include "options.hpp"
#include "runs.hpp"

namespace logbuf::bench_disk {

class Runner {
 public:
  explicit Runner(const Options& options);

  std::vector<ContenderKind> kinds() const;
  // Records that were lost end the program; with `read_back` also such as came changed, or in another order.
  Run run(const ContenderKind& kind, const Place& place, bool read_back) const;

  std::string placement() const { return placement_.describe(); }
  double cycles_per_ns() const noexcept { return cycles_per_ns_; }
  std::uint64_t room_records() const noexcept;

 private:
  struct Outcome;
  void run_task(const ContenderKind& kind, const Place& place, const Task& task, bool read_back,
                Outcome& outcome) const;
  void check(const ContenderKind& kind, Contender& contender, const Task& task, bool read_back) const;
  Task throughput_task() const;
  Task cost_task() const;

  const Options& options_;
  bench::HeldSignals signals_;
  Waiter waiter_{signals_};
  bench::Placement placement_;
  bench::Job cpus_;
  std::filesystem::path programs_;
  double cycles_per_ns_;
};

}  // namespace logbuf::bench_disk
