#include "plan.hpp"

#include <array>
#include <chrono>

#include "reading.hpp"
#include "rounds.hpp"

namespace logbuf::bench_archive {
namespace {

constexpr std::array<std::uint32_t, 2> kPayloads_bytes = {1024, 128};

std::vector<Sync> syncs(const Options& options) {
  return {{.option = "none", .interval_ns = 0, .target = 0.9},
          {.option = "interval=" + options.sync_interval, .interval_ns = options.sync_interval_ns, .target = 0.8}};
}

void measure_lines(Runner& runner, const Options& options, bench::Rounds::Clock::time_point deadline,
                   Results& results) {
  for (const Sync& sync : syncs(options)) {
    for (const std::uint32_t payload : kPayloads_bytes)
      results.lines.push_back({.sync = sync, .payload_bytes = payload, .pairs = {}});
  }
  bench::Rounds rounds(options.runs, deadline);
  while (rounds.another()) {
    // Two lines that differ in their records have the same plain loop between them.
    for (std::size_t i = 0; i < results.lines.size(); i += kPayloads_bytes.size()) {
      // Who comes before it takes turns.
      Line& before = results.lines[rounds.odd() ? i : i + 1];
      Line& behind = results.lines[rounds.odd() ? i + 1 : i];
      const auto archiver = runner.run_archiver(before.sync, before.payload_bytes, rounds.first());
      const auto plain = runner.run_plain(before.sync, archiver.bytes);
      before.pairs.push_back({.archiver = archiver, .plain = plain});
      behind.pairs.push_back(
          {.archiver = runner.run_archiver(behind.sync, behind.payload_bytes, rounds.first()), .plain = plain});
    }
  }
  results.cut_short = rounds.cut_short();
}

}  // namespace

Results measure_all(Runner& runner, const Options& options) {
  Results results;
  const auto begin = bench::Rounds::Clock::now();
  if (options.reading) {
    results.reading = measure_reading(runner, options, begin + options.at_most);
    return results;
  }
  const bool compression = options.compression && runner.can_compress();
  results.cannot_compress = options.compression && !compression;
  if (options.lines) {
    const auto time = options.lines && compression ? options.at_most * 3 / 4 : options.at_most;
    measure_lines(runner, options, begin + time, results);
  }
  if (!compression) return results;
  bench::Rounds rounds(options.runs, begin + options.at_most);
  while (rounds.another()) results.compression.push_back(runner.run_compression());
  results.cut_short = results.cut_short || rounds.cut_short();
  return results;
}

}  // namespace logbuf::bench_archive
