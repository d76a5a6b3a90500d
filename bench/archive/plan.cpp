#include "plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace logbuf::bench_archive {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::uint32_t, 2> kPayloads_bytes = {1024, 128};

// Rounds until all are done, or until another one would probably end too late. The first one is always made.
class Rounds {
 public:
  Rounds(std::uint32_t rounds, Clock::time_point deadline) : rounds_(rounds), deadline_(deadline) {}

  bool another() {
    const auto now = Clock::now();
    if (done_ > 0) longest_ = std::max(longest_, now - began_);
    cut_short_ = done_ > 0 && done_ < rounds_ && now + longest_ > deadline_;
    const bool more = done_ < rounds_ && !cut_short_;
    began_ = now;
    if (more) ++done_;
    show_progress(more);
    return more;
  }
  bool first() const { return done_ == 1; }
  bool odd() const { return done_ % 2 == 1; }
  bool cut_short() const { return cut_short_; }

 private:
  // On a terminal, how far it is.
  void show_progress(bool more) const {
    if (::isatty(STDERR_FILENO) == 0) return;
    std::fputs("\r\033[K", stderr);
    if (more) std::fprintf(stderr, "round %u of %u", done_, rounds_);
  }

  std::uint32_t rounds_;
  Clock::time_point deadline_;
  std::uint32_t done_ = 0;
  Clock::time_point began_{};
  Clock::duration longest_{};
  bool cut_short_ = false;
};

std::vector<Sync> syncs(const Options& options) {
  return {{.option = "none", .interval_ns = 0, .target = 0.9},
          {.option = "interval=" + options.sync_interval, .interval_ns = options.sync_interval_ns, .target = 0.8}};
}

void measure_lines(Runner& runner, const Options& options, Clock::time_point deadline, Results& results) {
  for (const Sync& sync : syncs(options)) {
    for (const std::uint32_t payload : kPayloads_bytes)
      results.lines.push_back({.sync = sync, .payload_bytes = payload, .pairs = {}});
  }
  Rounds rounds(options.runs, deadline);
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
  const auto begin = Clock::now();
  const bool compression = options.compression && runner.can_compress();
  results.cannot_compress = options.compression && !compression;
  if (options.lines) {
    const auto time = options.lines && compression ? options.at_most * 3 / 4 : options.at_most;
    measure_lines(runner, options, begin + time, results);
  }
  if (!compression) return results;
  Rounds rounds(options.runs, begin + options.at_most);
  while (rounds.another()) results.compression.push_back(runner.run_compression());
  results.cut_short = results.cut_short || rounds.cut_short();
  return results;
}

}  // namespace logbuf::bench_archive
