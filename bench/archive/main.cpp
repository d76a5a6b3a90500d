// logbuf-bench-archive: measures the way from a ring to the disk.
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "disk.hpp"
#include "json_file.hpp"
#include "machine.hpp"
#include "options.hpp"
#include "output.hpp"
#include "plan.hpp"
#include "program.hpp"
#include "quick.hpp"
#include "report.hpp"
#include "worker.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::bench_archive;

cli::ExitCode bench_all(const Options& options) {
  bench::JsonFile json(options.json_path);
  bench::Check check(options.check);
  // Of one run, and what the disk has not let go of yet of the one before.
  bench::check_room(options.directory, 3 * options.bytes);
  const bench::Machine machine = bench::look_at_machine();
  const std::string disk = bench::describe_disk(options.directory);
  Runner runner(options);
  const Results results = measure_all(runner, options);
  const Report report{.machine = machine, .options = options, .disk = disk, .runner = runner, .results = results};
  json.write([&] { return as_json(report); });
  cli::Output out;
  out.put(as_text(report) + check.finish(ratios_of(results)) + bench::note_if(options.quick));
  return out.finish(check.exit_code());
}

// worker ...: what the coordinator starts, and nobody else.
int run_worker(std::span<char*> arguments) {
  const cli::ProgramInfo info{.name = "logbuf-bench-archive worker",
                              .purpose = {},
                              .usage = {},
                              .groups = {},
                              .arguments = {},
                              .examples = {},
                              .notes = {}};
  return cli::run(1, arguments.data(), info, [&](const auto&) { return work(arguments.subspan(2)); });
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (argc >= 5 && std::string_view(argv[1]) == "worker") return run_worker(arguments);
  return run_with_options(argc, argv, bench_all);
}
