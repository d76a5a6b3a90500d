// logbuf-bench: measures rings and channels between processes.
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "cycle_timer.hpp"
#include "deaths.hpp"
#include "fairness.hpp"
#include "growth.hpp"
#include "json_file.hpp"
#include "latency.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "output.hpp"
#include "plan.hpp"
#include "plot.hpp"
#include "program.hpp"
#include "quick.hpp"
#include "ratios.hpp"
#include "report.hpp"
#include "worker.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::bench;

std::optional<Study> study_asked_for(const Machine& machine, Runner& runner, const Options& options) {
  if (options.deaths) return study_deaths(machine, runner, options);
  if (options.latency) return study_latency(machine, runner, options);
  if (options.growth) return study_growth(machine, runner, options);
  if (options.fairness) return study_fairness(machine, runner, options);
  return std::nullopt;
}

cli::ExitCode bench_all(const Options& options) {
  if (!options.plot_from.empty()) {
    plot_file(options.plot_from, options.plot_directory);
    return cli::ExitCode::ok;
  }
  if (!options.plot_directory.empty()) make_plot_directory(options.plot_directory);
  JsonFile json(options.json_path);
  Check check(options.check);
  const Machine machine = look_at_machine();
  const double cycles_per_ns = calibrate_cycles_per_ns();
  Runner runner(options, cycles_per_ns);
  if (const auto study = study_asked_for(machine, runner, options)) {
    json.write([&] { return study->json.dump(2) + "\n"; });
    cli::Output out;
    out.put(study->text + check.finish(study->ratios) + note_if(options.quick));
    return out.finish(check.exit_code());
  }
  const std::vector<Result> results = measure_all(runner, options);
  const Report report{.machine = machine,
                      .options = options,
                      .placement = runner.placement(),
                      .cycles_per_ns = cycles_per_ns,
                      .results = results};
  json.write([&] { return as_json(report); });
  if (!options.plot_directory.empty()) plot(as_json(report), options.plot_directory);
  cli::Output out;
  out.put(as_text(report) + check.finish(ratios_of(results)) + note_if(options.quick));
  return out.finish(check.exit_code());
}

// worker DESCRIPTOR ROLE: what the coordinator starts, and nobody else.
int run_worker(char** argv) {
  const cli::ProgramInfo info{.name = "logbuf-bench worker",
                              .purpose = {},
                              .usage = {},
                              .groups = {},
                              .arguments = {},
                              .examples = {},
                              .notes = {}};
  return cli::run(1, argv, info, [&](const auto&) { return work(std::atoi(argv[2]), std::atoi(argv[3])); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "worker") return run_worker(argv);
  return run_with_options(argc, argv, bench_all);
}
