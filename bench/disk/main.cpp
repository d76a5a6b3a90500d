// logbuf-bench-disk: measures records from a producer to a file, of logbuf and of others.
#include "../json_file.hpp"
#include "../quick.hpp"
#include "options.hpp"
#include "output.hpp"
#include "plan.hpp"
#include "report.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::bench_disk;

cli::ExitCode bench_all(const Options& options) {
  bench::JsonFile json(options.json_path);
  bench::Check check(options.check);
  const bench::Machine machine = bench::look_at_machine();
  const Runner runner(options);
  Results results;
  measure_all(runner, options, results);
  const Report report{.machine = machine, .options = options, .runner = runner, .results = results};
  json.write([&] { return as_json(report); });
  cli::Output out;
  out.put(as_text(report) + check.finish(ratios_of(results)) + bench::note_if(options.quick));
  return out.finish(check.exit_code());
}

}  // namespace

int main(int argc, char** argv) {
  return run_with_options(argc, argv, bench_all);
}
