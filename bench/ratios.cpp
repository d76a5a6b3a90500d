#include "ratios.hpp"

#include <algorithm>
#include <string>

#include "plan.hpp"

namespace logbuf::bench {
namespace {

std::string describe(const Configuration& c) {
  return std::string(name_of(c.transport)) + " " + name_of(c.kind) + " " + std::to_string(c.producers) + " " +
         std::to_string(c.payload_bytes);
}

double p50(const CostRun& run) {
  return run.percentiles_cycles().p50;
}

void add(std::vector<Ratio>& ratios, const Result& ours, const Result* other) {
  if (other == nullptr) return;
  Ratio throughput{.name = "throughput: " + describe(ours.configuration) + " / " + describe(other->configuration),
                   .rounds = {}};
  for (std::size_t i = 0; i < std::min(ours.throughput.size(), other->throughput.size()); ++i)
    throughput.rounds.push_back(ours.throughput[i].records_per_s() / other->throughput[i].records_per_s());
  // Above is better.
  Ratio cost{.name = "cost: " + describe(other->configuration) + " / " + describe(ours.configuration), .rounds = {}};
  for (std::size_t i = 0; i < std::min(ours.cost.size(), other->cost.size()); ++i)
    cost.rounds.push_back(p50(other->cost[i]) / p50(ours.cost[i]));
  ratios.push_back(std::move(throughput));
  ratios.push_back(std::move(cost));
}

}  // namespace

std::vector<Ratio> ratios_of(const std::vector<Result>& results) {
  std::vector<Ratio> ratios;
  for (const Result& ours : results) {
    const Configuration& configuration = ours.configuration;
    if (!is_ours(configuration.transport)) continue;
    add(ratios, ours, find(results, in_process_beside(configuration)));
    add(ratios, ours, find(results, bare_copy_beside(configuration)));
    if (configuration.transport != Transport::queue || configuration.producers != 1) continue;
    for (const Result& other : results) {
      if (is_peer(other.configuration.transport) && other.configuration.payload_bytes == configuration.payload_bytes)
        add(ratios, ours, &other);
    }
  }
  return ratios;
}

}  // namespace logbuf::bench
