#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "append.hpp"
#include "plan.hpp"
#include "report.hpp"
#include "size.hpp"

namespace logbuf::bench {
namespace {

double timer_cycles(const Report& report) {
  std::vector<double> all;
  for (const Result& result : report.results) all.push_back(static_cast<double>(result.all_cost().timer_cycles));
  return spread_of(std::move(all)).median;
}

void append_method(std::string& text, const Report& report) {
  const Options& options = report.options;
  text += as_text(report.machine);
  append(text, "placement  %s\n", report.placement.describe().c_str());
  append(text, "method     each end a process, a ring of %s, batches of %s; %s, in turn\n",
         cli::format_size(options.capacity_bytes).c_str(), cli::format_size(options.batch_bytes).c_str(),
         median_of(options.runs).c_str());
  append(text, "           throughput: %.0f ms after two laps, all producers at work throughout\n",
         static_cast<double>(options.measured_ns) / 1e6);
  append(text, "           cost: %llu records, ring at most a quarter full; claim + copy + commit, each timed\n",
         static_cast<unsigned long long>(options.measured_records));
  append(text, "           %.4f cycles/ns, of the time stamp counter; the timer's own %.0f cycles are taken off\n",
         report.cycles_per_ns, timer_cycles(report));
  if (!options.references) return;
  append(text, "(1)        reference: per-record release, in-process: a plain ring between threads\n");
  append(text, "(2)        reference: bare copy, one producer, one flag for each 64K, between processes\n");
  append(text, "           consumers take a copy of each payload, here and everywhere\n");
}

void append_label(std::string& text, const Configuration& c) {
  append(text, "%-10s  %-4s %3u %6u", name_of(c.transport), name_of(c.kind), c.producers, c.payload_bytes);
}

// How many times the reference's; nothing where there is none.
void append_ratio(std::string& text, double value, double reference) {
  if (reference > 0) {
    append(text, " %6.2f", value / reference);
  } else {
    append(text, " %6s", "");
  }
}

// What stands beside a line, if it was measured.
struct References {
  const Result* plain = nullptr;
  const Result* bare = nullptr;
};

References beside(const Report& report, const Result& line) {
  if (!is_ours(line.configuration.transport)) return {};
  return {.plain = find(report.results, in_process_beside(line.configuration)),
          .bare = find(report.results, bare_copy_beside(line.configuration))};
}

// The lines, then the references themselves, then what people use instead.
std::vector<const Result*> in_order(const Report& report) {
  std::vector<const Result*> order;
  for (const Result& result : report.results) order.push_back(&result);
  std::ranges::stable_sort(order, {}, [](const Result* result) {
    return is_ours(result->configuration.transport) ? 0 : is_peer(result->configuration.transport) ? 2 : 1;
  });
  return order;
}

void append_throughput(std::string& text, const Report& report) {
  append(text, "\nThroughput\n%-28s  %8s %-17s %8s %6s %6s\n", "       producers, payload", "M rec/s", " (least-most)",
         "GB/s", "of (1)", "of (2)");
  for (const Result* const result : in_order(report)) {
    const Spread rate = result->records_per_s();
    const References references = beside(report, *result);
    char range[32];
    std::snprintf(range, sizeof range, "(%.2f-%.2f)", rate.least / 1e6, rate.most / 1e6);
    append_label(text, result->configuration);
    append(text, "    %8.3f %-17s %8.3f", rate.median / 1e6, range, result->bytes_per_s() / 1e9);
    append_ratio(text, rate.median, references.plain == nullptr ? 0 : references.plain->records_per_s().median);
    append_ratio(text, rate.median, references.bare == nullptr ? 0 : references.bare->records_per_s().median);
    text += '\n';
  }
}

void append_cost(std::string& text, const Report& report) {
  append(text, "\nClaim to commit, of the producer\n%-28s", "       producers, payload");
  for (const char* const name : {"p50 ns", "p99 ns", "p99.9 ns"})
    append(text, "  %8s %6s %6s", name, "of (1)", "of (2)");
  append(text, "   cycles: p50    p99  p99.9  refused\n");
  for (const Result* const result : in_order(report)) {
    const CostRun cost = result->all_cost();
    const References references = beside(report, *result);
    const Percentiles cycles = cost.percentiles_cycles();
    const auto of = [](const Result* reference) {
      return reference == nullptr ? Percentiles{} : reference->all_cost().percentiles_cycles();
    };
    const Percentiles plain = of(references.plain);
    const Percentiles bare = of(references.bare);
    append_label(text, result->configuration);
    text += "  ";
    for (const auto which : {&Percentiles::p50, &Percentiles::p99, &Percentiles::p999}) {
      append(text, "  %8.1f", cycles.*which / report.cycles_per_ns);
      append_ratio(text, cycles.*which, plain.*which);
      append_ratio(text, cycles.*which, bare.*which);
    }
    append(text, "  %12.0f %6.0f %6.0f  %7llu\n", cycles.p50, cycles.p99, cycles.p999,
           static_cast<unsigned long long>(cost.refused));
  }
}

// How much more a queue moves than what people use instead, and what share of its time it takes from the producer.
void append_peers(std::string& text, const Report& report) {
  bool any = false;
  for (const Result& peer : report.results) {
    if (!is_peer(peer.configuration.transport)) continue;
    const auto queue = [&](Kind kind) {
      return find(report.results, {.transport = Transport::queue,
                                   .kind = kind,
                                   .producers = 1,
                                   .payload_bytes = peer.configuration.payload_bytes});
    };
    const Result* const spsc = queue(Kind::spsc);
    const Result* const mpsc = queue(Kind::mpsc);
    if (spsc == nullptr && mpsc == nullptr) continue;
    if (!std::exchange(any, true)) {
      append(text,
             "\nInstead of logbuf      queue's records, times its    queue's cost (p50), of its\n%-21s %12s %14s %14s "
             "%14s\n",
             "           payload", "spsc", "mpsc", "spsc", "mpsc");
    }
    append(text, "%-10s %7u", name_of(peer.configuration.transport), peer.configuration.payload_bytes);
    const double rate = peer.records_per_s().median;
    const double cost = peer.all_cost().percentiles_cycles().p50;
    const auto figure = [&](const Result* ours, int digits, double value) {
      if (ours == nullptr) {
        append(text, " %14s", "-");
      } else {
        append(text, " %14.*f", digits, value);
      }
    };
    for (const Result* const ours : {spsc, mpsc})
      figure(ours, 1, ours == nullptr ? 0 : ours->records_per_s().median / rate);
    for (const Result* const ours : {spsc, mpsc})
      figure(ours, 3, ours == nullptr ? 0 : ours->all_cost().percentiles_cycles().p50 / cost);
    text += '\n';
  }
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  append_throughput(text, report);
  append_cost(text, report);
  append_peers(text, report);
  return text;
}

}  // namespace logbuf::bench
