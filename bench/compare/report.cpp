#include "report.hpp"
#include "../append.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "duration.hpp"
#include "size.hpp"

namespace logbuf::compare {
namespace {

using bench::append;

unsigned long long number(std::uint64_t value) {
  return value;
}
double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

void append_method(std::string& text, const Report& report) {
  const bench::Machine& machine = report.machine;
  const Options& options = report.options;
  append(text, "machine    %s, %u CPUs, %s\n", machine.cpu.c_str(), machine.cpus, machine.kernel.c_str());
  append(text, "           virtualization: %s; load before: %s\n", machine.virtualization.c_str(),
         machine.load.c_str());
  append(text, "compiler   %s; %s\n", machine.compiler.c_str(), machine.flags.c_str());
  std::vector<std::string> versions;
  for (const Line& line : report.lines) {
    if (line.kind.version.empty() || std::ranges::find(versions, line.kind.version) != versions.end()) continue;
    append(text, "%s%s\n", versions.empty() ? "versions   " : "           ", line.kind.version.c_str());
    versions.push_back(line.kind.version);
  }
  append(text, "method     %u producer processes, records of %zu bytes, %s between them and the disk; seed %llu\n",
         options.producers, kRecordBytes, cli::format_size(options.capacity_bytes).c_str(), number(options.seed));
  append(text,
         "           after each kill the survivors have %s to go on; the kills of one transport take %s at most\n",
         cli::format_duration(options.look).c_str(), cli::format_duration(options.limit).c_str());
}

void append_settings(std::string& text, const Report& report) {
  text += "\nTransports\n";
  for (const Line& line : report.lines) {
    append(text, "%-18s %s%s\n", line.kind.name.c_str(), line.kind.settings.c_str(),
           line.kind.absent.empty() ? "" : ("; not run: " + line.kind.absent).c_str());
    if (!line.failure.empty()) append(text, "%-18s failed: %s\n", "", line.failure.c_str());
  }
}

constexpr const char* kRow = "%-18s %10s %6s %6s  %-20s %7s %8s %11s %11s %11s %11s %11s %7s %6s\n";

std::string text_of(std::uint64_t value) {
  return std::to_string(value);
}

std::string with_one_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

void append_table(std::string& text, const Report& report, const char* heading, std::uint32_t wanted,
                  std::optional<Outcome> Line::* which) {
  append(text, "\n%s\n", heading);
  append(text, kRow, "", "kills", "by", which == &Line::producers ? "died" : "", "then", "longest", "wait, ms",
         "written", "refused", "on disk", "lost and", "lost in", "doubled", "took,");
  append(text, kRow, "", "survived", "all", which == &Line::producers ? "in it" : "", "", "calm", "kills", "", "", "",
         "counted", "silence", "", "s");
  for (const Line& line : report.lines) {
    const std::optional<Outcome>& outcome = line.*which;
    if (!outcome) continue;
    const Balance& balance = outcome->balance;
    append(text, kRow, line.kind.name.c_str(), (text_of(outcome->survived) + " of " + text_of(wanted)).c_str(),
           text_of(outcome->survived_by_all).c_str(),
           which == &Line::producers ? text_of(outcome->in_call).c_str() : "", outcome->end.c_str(),
           with_one_decimal(ms(outcome->calm_longest_ns)).c_str(), with_one_decimal(ms(outcome->longest_ns)).c_str(),
           text_of(balance.written).c_str(), text_of(balance.refused).c_str(), text_of(balance.on_disk).c_str(),
           text_of(outcome->counted).c_str(), text_of(outcome->silently_lost()).c_str(),
           text_of(balance.doubled).c_str(),
           with_one_decimal(std::chrono::duration<double>(outcome->took).count()).c_str());
    if (balance.damaged != 0) append(text, "%-18s %llu records damaged\n", "", number(balance.damaged));
    if (!outcome->remarks.empty()) append(text, "%-18s (%s)\n", "", outcome->remarks.c_str());
  }
}

nlohmann::json json_of(const std::optional<Outcome>& outcome) {
  if (!outcome) return nullptr;
  const Balance& balance = outcome->balance;
  return {{"kills", outcome->kills},
          {"died_in_the_call", outcome->in_call},
          {"survived", outcome->survived},
          {"survived_by_all", outcome->survived_by_all},
          {"writing_after_the_last_kill", outcome->going},
          {"end", outcome->end},
          {"calm_longest_ns", outcome->calm_longest_ns},
          {"longest_ns", outcome->longest_ns},
          {"written", balance.written},
          {"refused", balance.refused},
          {"on_disk", balance.on_disk},
          {"unfinished_on_disk", balance.unfinished},
          {"lost_and_counted", outcome->counted},
          {"lost_in_silence", outcome->silently_lost()},
          {"doubled", balance.doubled},
          {"damaged", balance.damaged},
          {"kills_took_ns", outcome->kills_took.count()},
          {"took_ns", outcome->took.count()},
          {"remarks", outcome->remarks}};
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  append_method(text, report);
  append_settings(text, report);
  append_table(text, report, "A producer is killed", report.options.kills, &Line::producers);
  if (report.options.consumer_kills != 0)
    append_table(text, report, "What writes to disk is killed", report.options.consumer_kills, &Line::consumer);
  return text;
}

std::string as_json(const Report& report) {
  nlohmann::json lines = nlohmann::json::array();
  for (const Line& line : report.lines) {
    lines.push_back({{"transport", line.kind.name},
                     {"settings", line.kind.settings},
                     {"version", line.kind.version},
                     {"not_run", line.kind.absent},
                     {"failure", line.failure},
                     {"producer_killed", json_of(line.producers)},
                     {"consumer_killed", json_of(line.consumer)}});
  }
  const nlohmann::json all = {{"machine",
                               {{"cpu", report.machine.cpu},
                                {"cpus", report.machine.cpus},
                                {"kernel", report.machine.kernel},
                                {"virtualization", report.machine.virtualization},
                                {"load_before", report.machine.load},
                                {"compiler", report.machine.compiler},
                                {"flags", report.machine.flags}}},
                              {"seed", report.options.seed},
                              {"producers", report.options.producers},
                              {"record_bytes", kRecordBytes},
                              {"capacity_bytes", report.options.capacity_bytes},
                              {"transports", lines}};
  return all.dump(2) + "\n";
}

}  // namespace logbuf::compare
