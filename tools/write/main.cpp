#include <optional>

#include "input.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "ring.hpp"
#include "sink.hpp"
#include "splitter.hpp"
#include "stop.hpp"

namespace logbuf::write {
namespace {

cli::ExitCode work(const Options& options) {
  std::vector<Input> inputs = open_inputs(options.files);
  StopSignals stop;
  const Segment ring = find_ring(options.ring.front(), options.ring_wish);
  const auto sink = Sink::attach(ring, options.sink, stop);
  std::optional<cli::Output> tee;
  if (options.tee) tee.emplace();

  for (Input& input : inputs) {
    const Refill refill = [&] { return input.fill(stop, tee ? &*tee : nullptr); };
    const bool go_on = options.length_prefixed ? write_length_prefixed(input, refill, *sink)
                                               : write_delimited(input, refill, options.delimiter, *sink);
    if (!go_on) break;
  }
  const bool lines = options.delimiter == "\n" && !options.length_prefixed;
  const cli::ExitCode code = sink->finish(lines ? "empty line" : "empty record");
  if (options.verbose && !stop.requested()) cli::complain(sink->summary());
  return tee ? tee->finish(code) : code;
}

}  // namespace
}  // namespace logbuf::write

int main(int argc, char** argv) {
  using namespace logbuf;
  write::Options options;
  return cli::run(argc, argv, write::program(options), [&](const auto& given) {
    write::check(options, given);
    return write::work(options);
  });
}
