#include "plan.hpp"

#include <unistd.h>

#include "../disk.hpp"
#include "../rounds.hpp"

namespace logbuf::bench_disk {
namespace {

// Of one run: its records, their headers, and what is written and removed before.
std::uint64_t room_needed(const Options& options) {
  return 2 * options.records * 2 * kRecordBytes;
}

void find_places(const Options& options, Results& results) {
  const auto add = [&](const char* name, const std::filesystem::path& directory) {
    results.places.push_back({.name = name, .directory = directory, .description = bench::describe_disk(directory)});
  };
  bench::check_room(options.disk, room_needed(options));
  add("disk", options.disk);
  if (options.memory.empty()) return;
  if (::access(options.memory.c_str(), W_OK) != 0 || !bench::has_room(options.memory, room_needed(options))) {
    results.left_out = options.memory.string() + " cannot be written, or has no room";
  } else {
    add("memory", options.memory);
  }
}

}  // namespace

void measure_all(const Runner& runner, const Options& options, Results& results) {
  find_places(options, results);
  results.kinds = runner.kinds();
  for (const Place& place : results.places)
    for (const ContenderKind& kind : results.kinds)
      results.lines.push_back({.place = &place, .kind = &kind, .runs = {}});
  bench::Rounds rounds(options.runs, bench::Rounds::Clock::now() + options.at_most);
  while (rounds.another()) {
    for (std::size_t i = 0; i < results.lines.size(); ++i) {
      // Who comes before whom takes turns.
      Line& line = results.lines[rounds.odd() ? i : results.lines.size() - 1 - i];
      if (line.kind->absent.empty()) line.runs.push_back(runner.run(*line.kind, *line.place, rounds.first()));
    }
  }
  results.cut_short = rounds.cut_short();
}

std::vector<Versus> compare(const Results& results) {
  std::vector<Versus> all;
  const Line* ours = nullptr;
  for (const Line& line : results.lines) {
    if (line.kind == &results.kinds.front()) {
      ours = &line;
    } else if (!line.runs.empty()) {
      all.push_back({.ours = ours, .other = &line});
    }
  }
  return all;
}

}  // namespace logbuf::bench_disk
