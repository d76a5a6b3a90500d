// One run: a ring, a consumer, producers, each in a process of its own.
#pragma once

#include "options.hpp"
#include "placement.hpp"
#include "process_group.hpp"
#include "result.hpp"
#include "stage.hpp"

namespace logbuf::bench {

// What a run has left.
ThroughputRun throughput_of(const Stage& stage) noexcept;
CostRun cost_of(const Stage& stage) noexcept;

class Runner {
 public:
  Runner(const Options& options, double cycles_per_ns)
      : options_(options), placement_(options.pin), cycles_per_ns_(cycles_per_ns) {}

  ThroughputRun run_throughput(const Configuration& configuration);
  CostRun run_cost(const Configuration& configuration);
  // A producer dies in a claim every so often; 0: nobody dies.
  DeathsRun run_deaths(const Configuration& configuration, std::uint64_t death_every_ns);

  // Any other run: a job to change, which run() finds in the memory's Stage, where it leaves what came out.
  Job job_for(const Configuration& configuration, Measure measure) const;
  Job job_for(const Configuration& configuration, Measure measure, std::uint64_t capacity_bytes) const;
  void run(const SharedMemory& memory);

  const Placement& placement() const noexcept { return placement_; }

 private:
  const Options& options_;
  Placement placement_;
  double cycles_per_ns_;
  HeldSignals signals_;
};

}  // namespace logbuf::bench
