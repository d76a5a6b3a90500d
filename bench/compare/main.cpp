// logbuf-compare: the same load and the same kills for logbuf and for others.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../json_file.hpp"
#include "../scratch.hpp"
#include "campaign.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "report.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::compare;
namespace fs = std::filesystem;

class Comparison {
 public:
  explicit Comparison(const Options& options)
      : options_(options), waiter_(signals_), programs_(fs::canonical("/proc/self/exe").parent_path()) {
    adopt_orphans();
  }

  std::vector<TransportKind> kinds() const {
    std::vector<TransportKind> kinds = logbuf_transports();
    std::ranges::move(queue_transports(), std::back_inserter(kinds));
    std::ranges::move(lttng_transports(programs_, waiter_), std::back_inserter(kinds));
    if (options_.only.empty()) {
      std::erase_if(kinds, [](const TransportKind& kind) { return kind.on_request; });
      return kinds;
    }
    for (const std::string& name : options_.only) {
      if (std::ranges::find(kinds, name, &TransportKind::name) == kinds.end())
        cli::die("--only: there is no transport '" + name + "' (try --help)", cli::ExitCode::usage);
    }
    std::erase_if(kinds, [&](const TransportKind& kind) {
      return std::ranges::find(options_.only, kind.name) == options_.only.end();
    });
    return kinds;
  }

  Outcome run(const TransportKind& kind, Victim victim, std::uint32_t kills) const {
    cli::complain(kind.name + ", " + std::to_string(kills) + " kills of " +
                  (victim == Victim::producer ? "producers" : "what writes to disk"));
    const bench::TemporaryDirectory directory(fs::temp_directory_path(), "logbuf-compare");
    ::chmod(directory.path().c_str(), 0711);  // LTTng's part may run as nobody
    const bench::Log log(directory.path() / "log");
    const bench::SharedMemory memory(sizeof(Page));
    try {
      const auto transport = kind.make({.waiter = waiter_,
                                        .programs = programs_,
                                        .archiver = archiver(),
                                        .directory = directory.path(),
                                        .page = memory.descriptor(),
                                        .log = log.descriptor(),
                                        .producers = options_.producers,
                                        .capacity_bytes = options_.capacity_bytes,
                                        .consumer_dies = victim == Victim::consumer});
      return run_campaign(*transport, page_in(memory), waiter_, options_, victim, kills);
    } catch (const Interrupted&) {
      throw;
    } catch (const cli::Stop& stop) {
      cli::die(kind.name + ": " + stop.what() + log.last_lines(), stop.code());
    }
  }

 private:
  fs::path archiver() const {
    return options_.archiver.empty() ? programs_ / "../../daemon/logbuf-archiver" : fs::path(options_.archiver);
  }

  const Options& options_;
  bench::HeldSignals signals_;
  Waiter waiter_;
  fs::path programs_;
};

bool is_logbuf(const Line& line) {
  return line.kind.name.starts_with("logbuf");
}

bool is_perfect(const std::optional<Outcome>& outcome) {
  return !outcome ||
         (outcome->survived_by_all == outcome->kills && (outcome->end.empty() || outcome->time_over) &&
          outcome->balance.missing() == 0 && outcome->balance.doubled == 0 && outcome->balance.damaged == 0);
}

// What fails here does not keep the others from their turn.
Line compare_one(const Comparison& comparison, const TransportKind& kind, const Options& options) {
  Line line{.kind = kind, .producers = {}, .consumer = {}, .failure = {}};
  if (!kind.absent.empty()) return line;
  try {
    line.producers = comparison.run(kind, Victim::producer, options.kills);
    if (options.consumer_kills != 0) line.consumer = comparison.run(kind, Victim::consumer, options.consumer_kills);
  } catch (const Interrupted&) {
    throw;
  } catch (const cli::Stop& stop) {
    cli::complain(stop.what());
    line.failure = stop.what();
  }
  return line;
}

cli::ExitCode exit_code(const Report& report) {
  cli::ExitCode code = cli::ExitCode::ok;
  for (const Line& line : report.lines) {
    if (is_logbuf(line) && !(is_perfect(line.producers) && is_perfect(line.consumer))) return cli::ExitCode::lost;
    if (!line.failure.empty()) code = cli::ExitCode::failed;
  }
  return code;
}

cli::ExitCode compare_all(const Options& options) {
  bench::JsonFile json(options.json_path);
  Report report{.machine = bench::look_at_machine(), .options = options, .lines = {}};
  const Comparison comparison(options);
  for (const TransportKind& kind : comparison.kinds()) report.lines.push_back(compare_one(comparison, kind, options));
  json.write([&] { return as_json(report); });
  cli::Output out;
  out.put(as_text(report));
  return out.finish(exit_code(report));
}

}  // namespace

int main(int argc, char** argv) {
  return run_with_options(argc, argv, compare_all);
}
