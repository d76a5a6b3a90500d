#include "report.hpp"

#include <cstdio>

#include "append.hpp"
#include "machine_json.hpp"
#include "size.hpp"

namespace logbuf::bench_disk {
namespace {

using Json = nlohmann::ordered_json;
using bench::append;

// What logbuf is to be, by LTTng-UST: so many times its records, such a part of its cost.
constexpr const char* kTargetOf = "lttng-ust";
constexpr double kRateTarget = 2;
constexpr double kCostTarget = 0.25;

void append_method(std::string& text, const Report& report) {
  const Options& options = report.options;
  const Results& results = report.results;
  text += bench::as_text(report.machine);
  for (const Place& place : results.places) append(text, "%-10s %s\n", place.name.c_str(), place.description.c_str());
  if (!results.left_out.empty()) append(text, "memory     left out: %s\n", results.left_out.c_str());
  append(text, "placement  %s\n", report.runner.placement().c_str());
  append(text,
         "method     one producer, records of %zu bytes, %s (%llu records) between it and what writes; median of the\n"
         "           runs (least-most), in turn; ratios are of the same round; all is counted after each run, and\n"
         "           read back in the first round\n",
         kRecordBytes, cli::format_size(options.capacity_bytes).c_str(),
         static_cast<unsigned long long>(report.runner.room_records()));
  append(text, "           records/s: %llu, from the first one until all are in the file (not: durable)\n",
         static_cast<unsigned long long>(options.records));
  append(text,
         "           cost: %llu records over all runs, each timed; a rest of 20 ms after each quarter of the room\n"
         "           %.4f cycles/ns, of the time stamp counter; the timer's own are taken off\n",
         static_cast<unsigned long long>(options.cost_records), report.runner.cycles_per_ns());
  if (results.cut_short)
    append(text, "           fewer runs than the %u asked for: there was no time for more (--at-most)\n", options.runs);
  text += '\n';
  for (const ContenderKind& kind : results.kinds) {
    append(text, "%-13s %s%s%s\n", kind.name.c_str(), kind.version.c_str(), kind.version.empty() ? "" : ": ",
           kind.settings.c_str());
  }
}

std::string range_of(const Spread& spread, double unit, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f (%.*f-%.*f)", digits, spread.median / unit, digits, spread.least / unit,
                digits, spread.most / unit);
  return text;
}

bench::CostRun all_cost(const Line& line) {
  bench::CostRun all;
  for (const Run& run : line.runs) all.merge(run.cost.cost);
  return all;
}

void append_lines(std::string& text, const Report& report) {
  const double per_ns = report.runner.cycles_per_ns();
  append(text, "\n%-7s %-13s %4s  %20s   %8s %8s   %7s %7s %7s %8s\n", "To", "", "runs", "M rec/s (least-most)",
         "p50 ns", "mean ns", "cyc p50", "p99", "p99.9", "mean");
  for (const Line& line : report.results.lines) {
    append(text, "%-7s %-13s %4zu", line.place->name.c_str(), line.kind->name.c_str(), line.runs.size());
    if (line.runs.empty()) {
      append(text, "  not installed: %s\n", line.kind->absent.c_str());
      continue;
    }
    const bench::Percentiles cycles = all_cost(line).percentiles_cycles();
    const double mean = spread_over(line.runs, [](const Run& run) { return run.cost.mean_cycles(); }).median;
    const Spread rate = spread_over(line.runs, [](const Run& run) { return run.throughput.records_per_s(); });
    append(text, "  %20s   %8.1f %8.1f   %7.0f %7.0f %7.0f %8.0f\n", range_of(rate, 1e6, 2).c_str(),
           cycles.p50 / per_ns, mean / per_ns, cycles.p50, cycles.p99, cycles.p999, mean);
  }
}

std::string target(const Versus& versus, const char* word, double value) {
  if (versus.other->kind->name != kTargetOf) return {};
  char text[32];
  std::snprintf(text, sizeof text, "%s %.2f", word, value);
  return text;
}

void append_ratios(std::string& text, const Report& report) {
  const auto all = compare(report.results);
  if (all.empty()) return;
  append(text, "\n%-21s  %22s %-9s  %22s %-9s  %22s\n", "logbuf by", "records/s", "target", "producer's cost, p50",
         "target", "mean");
  for (const Versus& versus : all) {
    append(text, "%-7s %-13s  %22s %-9s  %22s %-9s  %22s\n", versus.other->place->name.c_str(),
           versus.other->kind->name.c_str(), range_of(spread_of(versus.rates()), 1, 2).c_str(),
           target(versus, ">=", kRateTarget).c_str(), range_of(spread_of(versus.costs()), 1, 3).c_str(),
           target(versus, "<=", kCostTarget).c_str(), range_of(spread_of(versus.mean_costs()), 1, 3).c_str());
  }
}

Json line_as_json(const Line& line) {
  Json runs = Json::array();
  for (const Run& run : line.runs) {
    const bench::Percentiles cycles = run.cost.cost.percentiles_cycles();
    runs.push_back(
        {{"records", run.throughput.records},
         {"seconds", run.throughput.seconds},
         {"records_per_s", run.throughput.records_per_s()},
         {"cost_records", run.cost.cost.cycles.total()},
         {"cost_cycles",
          {{"p50", cycles.p50}, {"p99", cycles.p99}, {"p99.9", cycles.p999}, {"mean", run.cost.mean_cycles()}}},
         {"timer_cycles", run.cost.cost.timer_cycles}});
  }
  return {{"to", line.place->name},
          {"what", line.kind->name},
          {"version", line.kind->version},
          {"settings", line.kind->settings},
          {"not_installed", line.kind->absent},
          {"runs", runs}};
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  append_lines(text, report);
  append_ratios(text, report);
  return text;
}

std::string as_json(const Report& report) {
  const Options& options = report.options;
  Json json;
  bench::add_machine(json, report.machine);
  json["method"] = {{"placement", report.runner.placement()},
                    {"ring_bytes", options.capacity_bytes},
                    {"record_bytes", kRecordBytes},
                    {"records", options.records},
                    {"cost_records", options.cost_records},
                    {"runs_asked_for", options.runs},
                    {"cycles_per_ns", report.runner.cycles_per_ns()}};
  for (const Place& place : report.results.places) json["method"][place.name] = place.description;
  json["lines"] = Json::array();
  for (const Line& line : report.results.lines) json["lines"].push_back(line_as_json(line));
  json["ratios"] = Json::array();
  for (const Versus& versus : compare(report.results)) {
    json["ratios"].push_back({{"to", versus.other->place->name},
                              {"by", versus.other->kind->name},
                              {"records_per_s", versus.rates()},
                              {"cost_p50", versus.costs()},
                              {"cost_mean", versus.mean_costs()}});
  }
  return json.dump(2) + "\n";
}

std::vector<bench::Ratio> ratios_of(const Results& results) {
  std::vector<bench::Ratio> ratios;
  for (const Versus& versus : compare(results)) {
    const std::string place = "to " + versus.other->place->name + ", ";
    const std::string& other = versus.other->kind->name;
    ratios.push_back({.name = place + "throughput: logbuf / " + other, .rounds = versus.rates()});
    // Above is better.
    std::vector<double> costs = versus.costs();
    for (double& cost : costs) cost = 1 / cost;
    ratios.push_back({.name = place + "cost: " + other + " / logbuf", .rounds = std::move(costs)});
  }
  return ratios;
}

}  // namespace logbuf::bench_disk
