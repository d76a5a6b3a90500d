// logbuf-bench-spdlog: measures a call of spdlog with logbuf's sink, and with spdlog's own.
#include "../json_file.hpp"
#include "../quick.hpp"
#include "../rounds.hpp"
#include "options.hpp"
#include "output.hpp"
#include "report.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::bench_spdlog;

cli::ExitCode bench_all(const Options& options) {
  bench::JsonFile json(options.json_path);
  bench::Check check(options.check);
  const bench::Machine machine = bench::look_at_machine();
  const Runner runner(options);
  std::vector<Line> lines;
  for (const std::uint32_t threads : {1u, 4u})
    for (const Way way : kWays) lines.push_back({.way = way, .threads = threads, .runs = {}});
  bench::Rounds rounds(options.runs, bench::Rounds::Clock::now() + options.at_most);
  while (rounds.another()) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      // Who comes before whom takes turns.
      Line& line = lines[rounds.odd() ? i : lines.size() - 1 - i];
      line.runs.push_back(runner.run(line.way, line.threads));
    }
  }
  const Report report{
      .machine = machine, .options = options, .runner = runner, .lines = lines, .cut_short = rounds.cut_short()};
  json.write([&] { return as_json(report); });
  cli::Output out;
  out.put(as_text(report) + check.finish(ratios_of(lines)) + bench::note_if(options.quick));
  return out.finish(check.exit_code());
}

}  // namespace

int main(int argc, char** argv) {
  return run_with_options(argc, argv, bench_all);
}
