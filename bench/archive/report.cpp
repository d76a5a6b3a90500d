#include "report.hpp"
#include "append.hpp"

#include <cstdio>

#include "machine_json.hpp"
#include "reading.hpp"
#include "size.hpp"

namespace logbuf::bench_archive {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kGiB = 1024.0 * 1024 * 1024;

using bench::append;

template <typename Run>
Cpu per_gib(const Run& run) {
  const double gib = static_cast<double>(run.bytes) / kGiB;
  return {.user_s = run.cpu.user_s / gib, .system_s = run.cpu.system_s / gib};
}

void append_method_of_lines(std::string& text, const Report& report) {
  const Options& options = report.options;
  const Cpu& start_up = report.runner.start_up();
  append(text, "placement  %s; the plain loop where the consumer is\n", report.runner.placement().c_str());
  append(text, "method     an mpsc ring of %s, one producer as fast as it goes, %s of records a run; files of %s\n",
         cli::format_size(options.capacity_bytes).c_str(), cli::format_size(options.bytes).c_str(),
         cli::format_size(options.rotate_bytes).c_str());
  append(text,
         "           archiver: from the first commit until the archive has all; MB/s (10^6) of its files, %.0f ms of "
         "CPU\n           for its start taken off\n",
         (start_up.user_s + start_up.system_s) * 1e3);
  text +=
      "           plain loop: as many bytes, 1M and 2K a call (as the archiver), from one buffer; at each full file\n"
      "           fdatasync, fsync of the directory, rename, fsync of the directory, as the archiver; with interval,\n"
      "           fdatasync that often\n"
      "           in turn: archiver, plain loop, archiver with the other records; before each, as much is written\n"
      "           and removed again (for the page cache's memory), all is on disk, and the disk has rested\n";
}

void append_method(std::string& text, const Report& report) {
  const Options& options = report.options;
  text += bench::as_text(report.machine);
  append(text, "disk       %s\n", report.disk.c_str());
  if (options.reading) {
    append_method_of_reading(text, report);
  } else if (options.lines) {
    append_method_of_lines(text, report);
  }
  if (report.results.cut_short || report.results.reading.cut_short) {
    append(text, "           fewer runs than the %u asked for: there was no time for more (--at-most)\n", options.runs);
  }
}

void append_spread(std::string& text, const Spread& spread, double unit, const char* format, int width) {
  char range[64];
  char number[64];
  std::snprintf(number, sizeof number, format, spread.median / unit);
  std::string all = std::string(number) + " (";
  std::snprintf(range, sizeof range, format, spread.least / unit);
  all += std::string(range) + "-";
  std::snprintf(range, sizeof range, format, spread.most / unit);
  append(text, "  %*s", width, (all + range + ")").c_str());
}

void append_lines(std::string& text, const Report& report) {
  append(text, "\n%-13s %7s %4s  %21s  %21s  %19s %6s   %s\n", "To the disk", "", "", "archiver", "plain loop",
         "archiver/plain loop", "", "CPU s/GiB: archiver  plain loop");
  append(text, "%-13s %7s %4s  %21s  %21s  %19s %6s   %s\n", "sync", "payload", "runs", "MB/s (least-most)",
         "MB/s (least-most)", "ratio (least-most)", "target", "    user   sys   user   sys");
  for (const Line& line : report.results.lines) {
    append(text, "%-13s %7u %4zu", line.sync.option.c_str(), line.payload_bytes, line.pairs.size());
    append_spread(text, spread_over(line.pairs, [](const Pair& pair) { return bytes_per_s(pair.archiver); }), 1e6,
                  "%.0f", 21);
    append_spread(text, spread_over(line.pairs, [](const Pair& pair) { return bytes_per_s(pair.plain); }), 1e6, "%.0f",
                  21);
    append_spread(text, spread_over(line.pairs, [](const Pair& pair) { return pair.ratio(); }), 1, "%.2f", 19);
    append(text, " %6.1f  ", line.sync.target);
    append(text, "  %6.2f %5.2f",
           spread_over(line.pairs, [](const Pair& p) { return per_gib(p.archiver).user_s; }).median,
           spread_over(line.pairs, [](const Pair& p) { return per_gib(p.archiver).system_s; }).median);
    append(text, " %6.2f %5.2f\n",
           spread_over(line.pairs, [](const Pair& p) { return per_gib(p.plain).user_s; }).median,
           spread_over(line.pairs, [](const Pair& p) { return per_gib(p.plain).system_s; }).median);
  }
}

void append_compression(std::string& text, const Report& report) {
  if (report.results.cannot_compress) {
    text += "\nCompression is left out: this logbuf-archiver does not know --compress.\n";
  }
  const auto& runs = report.results.compression;
  if (runs.empty()) return;
  const std::string& file = report.options.text_path;
  append(text, "\nWith --compress zstd: %s of lines of %s a run, %zu runs with and without in turn, nobody pinned\n",
         cli::format_size(report.options.bytes).c_str(), file.empty() ? "made-up text" : file.c_str(), runs.size());
  const auto line = [&](const char* what, double unit, const char* format, auto value) {
    append(text, "  %-40s", what);
    append_spread(text, spread_over(runs, value), unit, format, 21);
    text += '\n';
  };
  const auto bytes_per_s_in = [](const CompressRun& run, double seconds) {
    return static_cast<double>(run.payload_bytes) / seconds;
  };
  line("producer without, MB/s", 1e6, "%.0f",
       [&](const CompressRun& run) { return bytes_per_s_in(run, run.without_s); });
  line("producer with, MB/s", 1e6, "%.0f", [&](const CompressRun& run) { return bytes_per_s_in(run, run.with_s); });
  line("producer, with/without", 1, "%.2f", [](const CompressRun& run) { return run.ratio(); });
  line("files, when all are compressed: smaller", 1, "%.1f",
       [](const CompressRun& run) { return run.times_smaller(); });
}

template <typename Run>
Json run_as_json(const Run& run) {
  return {{"bytes", run.bytes},
          {"seconds", run.seconds},
          {"bytes_per_s", bytes_per_s(run)},
          {"user_s", run.cpu.user_s},
          {"system_s", run.cpu.system_s}};
}

Json line_as_json(const Line& line) {
  Json runs = Json::array();
  for (const Pair& pair : line.pairs) {
    Json archiver = run_as_json(pair.archiver);
    archiver["records"] = pair.archiver.records;
    Json plain = run_as_json(pair.plain);
    plain["syncs"] = pair.plain.syncs;
    runs.push_back({{"archiver", archiver}, {"plain", plain}, {"ratio", pair.ratio()}});
  }
  return {{"sync", line.sync.option},
          {"payload_bytes", line.payload_bytes},
          {"target", line.sync.target},
          {"ratio", spread_over(line.pairs, [](const Pair& pair) { return pair.ratio(); }).median},
          {"runs", runs}};
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  if (!report.results.lines.empty()) append_lines(text, report);
  append_compression(text, report);
  append_reading(text, report);
  return text;
}

std::string as_json(const Report& report) {
  const Options& options = report.options;
  Json json;
  bench::add_machine(json, report.machine);
  json["method"] = {{"disk", report.disk},
                    {"placement", report.runner.placement()},
                    {"ring_bytes", options.capacity_bytes},
                    {"run_bytes", options.bytes},
                    {"rotate_bytes", options.rotate_bytes},
                    {"runs_asked_for", options.runs},
                    {"start_up_user_s", report.runner.start_up().user_s},
                    {"start_up_system_s", report.runner.start_up().system_s}};
  json["lines"] = Json::array();
  for (const Line& line : report.results.lines) json["lines"].push_back(line_as_json(line));
  json["compression"] = Json::array();
  for (const CompressRun& run : report.results.compression) {
    json["compression"].push_back({{"payload_bytes", run.payload_bytes},
                                   {"without_s", run.without_s},
                                   {"with_s", run.with_s},
                                   {"ratio", run.ratio()},
                                   {"file_bytes_without", run.bytes_without},
                                   {"file_bytes_with", run.bytes_with}});
  }
  if (options.reading) json["reading"] = reading_as_json(report.results.reading);
  return json.dump(2) + "\n";
}

std::vector<bench::Ratio> ratios_of(const Results& results) {
  std::vector<bench::Ratio> ratios;
  for (const Line& line : results.lines) {
    bench::Ratio ratio{
        .name = "archiver / plain loop: sync " + line.sync.option + ", " + std::to_string(line.payload_bytes),
        .rounds = {}};
    for (const Pair& pair : line.pairs) ratio.rounds.push_back(pair.ratio());
    ratios.push_back(std::move(ratio));
  }
  for (const ReadLine& line : results.reading.lines) {
    bench::Ratio ratio{.name = line.name + " / cat: " + std::to_string(line.payload_bytes), .rounds = {}};
    for (const ReadPair& pair : line.pairs) ratio.rounds.push_back(pair.ratio());
    ratios.push_back(std::move(ratio));
  }
  if (results.compression.empty()) return ratios;
  bench::Ratio compression{.name = "producer with / without compression", .rounds = {}};
  for (const CompressRun& run : results.compression) compression.rounds.push_back(run.ratio());
  ratios.push_back(std::move(compression));
  return ratios;
}

}  // namespace logbuf::bench_archive
