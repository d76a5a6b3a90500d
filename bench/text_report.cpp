#include <cstdarg>
#include <cstdio>

#include "plan.hpp"
#include "report.hpp"
#include "size.hpp"

namespace logbuf::bench {
namespace {

[[gnu::format(printf, 2, 3)]] void append(std::string& text, const char* format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  std::vsnprintf(line, sizeof line, format, values);
  va_end(values);
  text += line;
}

void append_method(std::string& text, const Report& report) {
  const Machine& machine = report.machine;
  const Options& options = report.options;
  append(text, "machine    %s, %u CPUs, %s\n", machine.cpu.c_str(), machine.cpus, machine.kernel.c_str());
  append(text, "           virtualization: %s; frequency governor: %s; load before: %s\n",
         machine.virtualization.c_str(), machine.governor.c_str(), machine.load.c_str());
  append(text, "compiler   %s; %s\n", machine.compiler.c_str(), machine.flags.c_str());
  append(text, "placement  %s\n", report.placement.describe().c_str());
  append(
      text,
      "method     each end a process, a ring of %s, batches of %s; median of %u runs (least-most), in turn\n",
      cli::format_size(options.capacity_bytes).c_str(), cli::format_size(options.batch_bytes).c_str(),
      options.runs);
  append(text, "           throughput: %.0f ms after two laps, all producers at work throughout\n",
         static_cast<double>(options.measured_ns) / 1e6);
  append(text,
         "           cost: %llu records, ring at most a quarter full; claim + copy + commit, each timed\n",
         static_cast<unsigned long long>(options.measured_records));
  append(text, "           %.4f cycles/ns, of the time stamp counter; the timer's own cycles are taken off\n",
         report.cycles_per_ns);
  if (!options.references) return;
  append(text, "(1)        reference: per-record release, in-process: a plain ring between threads\n");
  append(text, "(2)        reference: bare copy, one producer, one flag for each 64K, between processes\n");
}

bool is_line(const Result& result) {
  return result.configuration.transport == Transport::queue ||
         result.configuration.transport == Transport::channel;
}

void append_label(std::string& text, const Configuration& c) {
  append(text, "%-7s %-4s %2u %6u ", name_of(c.transport), name_of(c.kind), c.producers, c.payload_bytes);
}

void append_throughput(std::string& text, const Report& report) {
  append(text, "\nThroughput         payload      million records/s           GB/s");
  if (report.options.references) append(text, "     (1) M/s  ratio    (2) GB/s  ratio");
  text += '\n';
  for (const Result& result : report.results) {
    if (!is_line(result)) continue;
    const Spread rate = result.records_per_s();
    append_label(text, result.configuration);
    append(text, "  %8.3f (%.3f-%.3f)", rate.median / 1e6, rate.least / 1e6, rate.most / 1e6);
    text.append(text.size() - text.rfind('\n') - 1 < 52 ? 52 - (text.size() - text.rfind('\n') - 1) : 0, ' ');
    append(text, " %8.3f", result.bytes_per_s() / 1e9);
    const Result* const plain = find(report.results, in_process_beside(result.configuration));
    const Result* const bare = find(report.results, bare_copy_beside(result.configuration));
    if (plain != nullptr && bare != nullptr) {
      const double plain_rate = plain->records_per_s().median;
      append(text, "    %8.3f  %5.2f    %8.3f  %5.2f", plain_rate / 1e6, rate.median / plain_rate,
             bare->bytes_per_s() / 1e9, result.bytes_per_s() / bare->bytes_per_s());
    }
    text += '\n';
  }
}

void append_triple(std::string& text, const Percentiles& values, double divisor, const char* format) {
  for (const double value : {values.p50, values.p99, values.p999}) {
    char number[32];
    std::snprintf(number, sizeof number, "%.*f", divisor == 1.0 ? 0 : 1, value / divisor);
    append(text, format, number);
  }
}

void append_ratio(std::string& text, const Percentiles& values, const Percentiles& reference) {
  const auto ratio = [](double a, double b) { return b > 0 ? a / b : 0.0; };
  append(text, " %5.2f %5.2f %5.2f ", ratio(values.p50, reference.p50), ratio(values.p99, reference.p99),
         ratio(values.p999, reference.p999));
}

void append_cost(std::string& text, const Report& report) {
  append(text, "\nClaim to commit    payload      p50     p99   p99.9 ns    p50    p99  p99.9 cycles");
  if (report.options.references)
    append(text, "   (1) p50     p99   p99.9 ns  ratios              (2) p50 ns ratio");
  append(text, "  timer refused\n");
  for (const Result& result : report.results) {
    if (!is_line(result)) continue;
    const CostRun cost = result.all_cost();
    const Percentiles cycles = cost.percentiles_cycles();
    append_label(text, result.configuration);
    append_triple(text, cycles, report.cycles_per_ns, " %7s");
    text += "   ";
    append_triple(text, cycles, 1, " %6s");
    const Result* const plain = find(report.results, in_process_beside(result.configuration));
    const Result* const bare = find(report.results, bare_copy_beside(result.configuration));
    if (plain != nullptr && bare != nullptr) {
      const Percentiles plain_cycles = plain->all_cost().percentiles_cycles();
      const Percentiles bare_cycles = bare->all_cost().percentiles_cycles();
      text += "         ";
      append_triple(text, plain_cycles, report.cycles_per_ns, " %7s");
      text += "   ";
      append_ratio(text, cycles, plain_cycles);
      append(text, "    %7.1f   %6.2f", bare_cycles.p50 / report.cycles_per_ns,
             bare_cycles.p50 > 0 ? cycles.p50 / bare_cycles.p50 : 0.0);
    } else {
      text += "       ";
    }
    append(text, "  %5llu %7llu\n", static_cast<unsigned long long>(cost.timer_cycles),
           static_cast<unsigned long long>(cost.refused));
  }
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  append_throughput(text, report);
  append_cost(text, report);
  return text;
}

}  // namespace logbuf::bench
