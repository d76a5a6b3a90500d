#include <nlohmann/json.hpp>

#include "machine_json.hpp"
#include "report.hpp"

namespace logbuf::bench {
namespace {

using Json = nlohmann::ordered_json;

Json percentiles(const Percentiles& cycles, double cycles_per_ns) {
  const auto triple = [&](double divisor) {
    return Json{{"p50", cycles.p50 / divisor}, {"p99", cycles.p99 / divisor}, {"p99.9", cycles.p999 / divisor}};
  };
  return {{"ns", triple(cycles_per_ns)}, {"cycles", triple(1)}};
}

Json cost(const CostRun& run, double cycles_per_ns) {
  Json json = percentiles(run.percentiles_cycles(), cycles_per_ns);
  json["records"] = run.cycles.total();
  json["refused"] = run.refused;
  json["timer_cycles"] = run.timer_cycles;
  return json;
}

Json result(const Result& result, double cycles_per_ns) {
  const Configuration& c = result.configuration;
  Json throughput = Json::array();
  for (const ThroughputRun& run : result.throughput) {
    throughput.push_back({{"records", run.records},
                          {"payload_bytes", run.payload_bytes},
                          {"seconds", run.seconds},
                          {"records_per_s", run.records_per_s()},
                          {"bytes_per_s", run.bytes_per_s()}});
  }
  Json costs = Json::array();
  for (const CostRun& run : result.cost) costs.push_back(cost(run, cycles_per_ns));
  return {{"transport", name_of(c.transport)},
          {"kind", name_of(c.kind)},
          {"producers", c.producers},
          {"payload_bytes", c.payload_bytes},
          {"throughput_runs", throughput},
          {"cost_runs", costs},
          {"cost", cost(result.all_cost(), cycles_per_ns)}};
}

}  // namespace

std::string as_json(const Report& report) {
  Json json;
  add_machine(json, report.machine);
  json["method"] = {{"placement", report.placement.describe()},    {"ring_bytes", report.options.capacity_bytes},
                    {"batch_bytes", report.options.batch_bytes},   {"runs", report.options.runs},
                    {"throughput_ns", report.options.measured_ns}, {"cost_records", report.options.measured_records},
                    {"cycles_per_ns", report.cycles_per_ns}};
  json["results"] = Json::array();
  for (const Result& r : report.results) json["results"].push_back(result(r, report.cycles_per_ns));
  return json.dump(2) + "\n";
}

}  // namespace logbuf::bench
