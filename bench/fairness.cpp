#include "fairness.hpp"

#include <algorithm>
#include <vector>

#include "append.hpp"
#include "configuration.hpp"
#include "stage.hpp"

namespace logbuf::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kProducers = 4;
constexpr std::uint32_t kPayload_bytes = 128;
constexpr double kTarget = 0.5;  // of a fair share, for the one that gets least

// What each had sent when it was enough. The two laps before the measured time are in it.
struct Shares {
  std::vector<std::uint64_t> records;
  double records_per_s = 0;

  double of_fair(std::uint64_t one) const {
    std::uint64_t all = 0;
    for (const std::uint64_t each : records) all += each;
    return static_cast<double>(one) * static_cast<double>(records.size()) / static_cast<double>(all);
  }
  double least() const { return of_fair(*std::ranges::min_element(records)); }
};

Shares measure(Runner& runner, Transport transport, std::uint64_t measured_ns) {
  const Configuration configuration{
      .transport = transport, .kind = Kind::mpsc, .producers = kProducers, .payload_bytes = kPayload_bytes};
  const SharedMemory memory(sizeof(Stage));
  Stage& stage = stage_in(memory);
  stage.job = runner.job_for(configuration, Measure::throughput);
  stage.job.measured_ns = measured_ns;
  runner.run(memory);
  Shares shares{.records = {}, .records_per_s = throughput_of(stage).records_per_s()};
  for (std::uint32_t i = 0; i < kProducers; ++i) shares.records.push_back(stage.producers[i].all.records);
  return shares;
}

void report(Study& study, Transport transport, const Shares& shares) {
  append(study.text, "%-12s %9.2f   ", name_of(transport), shares.records_per_s / 1e6);
  Json each = Json::array();
  for (const std::uint64_t records : shares.records) {
    append(study.text, " %6.3f", shares.of_fair(records));
    each.push_back(shares.of_fair(records));
  }
  append(study.text, "   %6.3f", shares.least());
  Json line{{"transport", name_of(transport)},
            {"records_per_s", shares.records_per_s},
            {"of_fair_share", each},
            {"least", shares.least()}};
  if (is_ours(transport)) {
    append(study.text, "   %.1f", kTarget);
    line["target"] = kTarget;
    study.ratios.push_back({.name = std::string("fairness: the least share / a fair one, ") + name_of(transport),
                            .rounds = {shares.least()}});
  }
  study.text += '\n';
  study.json["fairness"].push_back(line);
}

}  // namespace

Study study_fairness(const Machine& machine, Runner& runner, const Options& options) {
  const std::uint64_t seconds = options.quick ? 1 : 10;
  Study study = begin_study(machine, runner);
  append(
      study.text,
      "method     %u producers of %u bytes as fast as they go, for %llu s; what each has sent, by a quarter of all\n\n"
      "%-12s %9s     %-31s %s   %s\n",
      kProducers, kPayload_bytes, static_cast<unsigned long long>(seconds), "Fairness", "M rec/s",
      "each one's share, by a fair one", "least", "target");
  std::vector<Transport> transports = {Transport::queue, Transport::channel};
  // A plain ring between threads: what the scheduler gives them anyway.
  if (options.references) transports.push_back(Transport::in_process);
  for (const Transport transport : transports)
    report(study, transport, measure(runner, transport, seconds * 1'000'000'000));
  return study;
}

}  // namespace logbuf::bench
