#include "report.hpp"

#include <cstdio>

#include "append.hpp"
#include "machine_json.hpp"

namespace logbuf::bench_spdlog {
namespace {

using Json = nlohmann::ordered_json;
using bench::append;
using bench::Spread;
using bench::spread_of;

// logbuf's call by another's, of the same number of threads and in the same round.
struct Versus {
  const Line* ours;
  const Line* other;

  template <typename Of>
  std::vector<double> by_round(Of of) const {
    std::vector<double> values;
    for (std::size_t i = 0; i < std::min(ours->runs.size(), other->runs.size()); ++i)
      values.push_back(of(ours->runs[i]) / of(other->runs[i]));
    return values;
  }
  std::vector<double> p50() const {
    return by_round([](const Run& run) { return run.p50_cycles(); });
  }
  std::vector<double> mean() const {
    return by_round([](const Run& run) { return run.mean_cycles(); });
  }
};

std::vector<Versus> compare(const std::vector<Line>& lines) {
  std::vector<Versus> all;
  const Line* ours = nullptr;
  for (const Line& line : lines) {
    if (line.way == Way::ring) {
      ours = &line;
    } else {
      all.push_back({.ours = ours, .other = &line});
    }
  }
  return all;
}

std::string range_of(const Spread& spread, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f (%.*f-%.*f)", digits, spread.median, digits, spread.least, digits,
                spread.most);
  return text;
}

template <typename Of>
Spread spread_over(const std::vector<Run>& runs, Of of) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(of(run));
  return spread_of(std::move(values));
}

void append_method(std::string& text, const Report& report) {
  text += bench::as_text(report.machine);
  append(text, "placement  %s\n", report.runner.placement().c_str());
  append(text,
         "method     one process that logs; info(\"order {} of {}: {} at {:.2f}\", ...), pattern \"%s\"; %llu calls a "
         "run, in\n"
         "           bursts that find room, a rest of 20 ms before each; every call timed; %s,\n"
         "           in turn; ratios are of the same round; the lines on file are counted after each run\n"
         "           %.4f cycles/ns, of the time stamp counter; the timer's own are taken off\n",
         report.options.pattern.c_str(), static_cast<unsigned long long>(report.options.calls),
         bench::median_of(report.options.runs).c_str(), report.runner.cycles_per_ns());
  if (report.cut_short)
    append(text, "           fewer runs than the %u asked for: there was no time for more (--at-most)\n",
           report.options.runs);
  text += '\n';
  for (const Way way : kWays) append(text, "%-16s %s\n", name_of(way), settings_of(way));
}

Json line_as_json(const Line& line) {
  Json runs = Json::array();
  for (const Run& run : line.runs) {
    const bench::Percentiles cycles = run.cost.percentiles_cycles();
    runs.push_back({{"calls", run.cost.cycles.total()},
                    {"cost_cycles",
                     {{"p50", cycles.p50}, {"p99", cycles.p99}, {"p99.9", cycles.p999}, {"mean", run.mean_cycles()}}},
                    {"timer_cycles", run.cost.timer_cycles}});
  }
  return {{"what", name_of(line.way)}, {"settings", settings_of(line.way)}, {"threads", line.threads}, {"runs", runs}};
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  const double per_ns = report.runner.cycles_per_ns();
  append(text, "\n%-8s %-16s %4s  %22s %9s   %8s %8s\n", "threads", "", "runs", "p50 ns (least-most)", "mean ns",
         "p99 ns", "p99.9");
  for (const Line& line : report.lines) {
    bench::CostRun all;
    for (const Run& run : line.runs) all.merge(run.cost);
    const bench::Percentiles cycles = all.percentiles_cycles();
    append(text, "%-8u %-16s %4zu  %22s %9.0f   %8.0f %8.0f\n", line.threads, name_of(line.way), line.runs.size(),
           range_of(spread_over(line.runs, [&](const Run& run) { return run.p50_cycles() / per_ns; }), 0).c_str(),
           spread_over(line.runs, [&](const Run& run) { return run.mean_cycles() / per_ns; }).median,
           cycles.p99 / per_ns, cycles.p999 / per_ns);
  }
  append(text, "\n%-8s %-16s  %22s  %22s\n", "threads", "logbuf by", "a call, p50", "mean");
  for (const Versus& versus : compare(report.lines)) {
    append(text, "%-8u %-16s  %22s  %22s\n", versus.other->threads, name_of(versus.other->way),
           range_of(spread_of(versus.p50()), 3).c_str(), range_of(spread_of(versus.mean()), 3).c_str());
  }
  return text;
}

std::string as_json(const Report& report) {
  Json json;
  bench::add_machine(json, report.machine);
  json["method"] = {{"placement", report.runner.placement()}, {"pattern", report.options.pattern},
                    {"spdlog", LOGBUF_BENCH_SPDLOG},          {"calls", report.options.calls},
                    {"runs_asked_for", report.options.runs},  {"cycles_per_ns", report.runner.cycles_per_ns()}};
  json["lines"] = Json::array();
  for (const Line& line : report.lines) json["lines"].push_back(line_as_json(line));
  json["ratios"] = Json::array();
  for (const Versus& versus : compare(report.lines)) {
    json["ratios"].push_back({{"threads", versus.other->threads},
                              {"by", name_of(versus.other->way)},
                              {"cost_p50", versus.p50()},
                              {"cost_mean", versus.mean()}});
  }
  return json.dump(2) + "\n";
}

std::vector<bench::Ratio> ratios_of(const std::vector<Line>& lines) {
  std::vector<bench::Ratio> ratios;
  for (const Versus& versus : compare(lines)) {
    // Above is better.
    std::vector<double> costs = versus.p50();
    for (double& cost : costs) cost = 1 / cost;
    ratios.push_back({.name = std::string("spdlog call: ") + name_of(versus.other->way) + " / logbuf, " +
                              std::to_string(versus.other->threads) + " thread" +
                              (versus.other->threads == 1 ? "" : "s"),
                      .rounds = std::move(costs)});
  }
  return ratios;
}

}  // namespace logbuf::bench_spdlog
