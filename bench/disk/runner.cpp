#include "runner.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <logbuf/record.hpp>

#include "../archived_ring.hpp"
#include "../cycle_timer.hpp"
#include "../disk.hpp"
#include "../numbered_records.hpp"
#include "../scratch.hpp"
#include "failure.hpp"

namespace logbuf::bench_disk {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// For what the disk does with what was removed, of which it says nothing.
constexpr auto kRest = 300ms;
constexpr std::uint64_t kExtent_bytes = record::align_up(kRecordBytes + record::kHeaderSize);

// The records as they were handed over, one after the other.
class Expectation {
 public:
  void take(std::span<const std::byte> record) {
    if (!std::ranges::equal(records_.next(), record)) ++wrong_;
  }
  std::uint64_t wrong() const noexcept { return wrong_; }

 private:
  bench::NumberedRecords records_{kRecordBytes};
  std::uint64_t wrong_ = 0;
};

// A directory that nobody (LTTng's part of a run, for root) may pass through.
class RunDirectory : public bench::TemporaryDirectory {
 public:
  explicit RunDirectory(const fs::path& parent) : TemporaryDirectory(parent, "logbuf-bench-disk") {
    ::chmod(path().c_str(), 0711);
  }
};

}  // namespace

struct Runner::Outcome {
  Produced produced;
  std::uint64_t on_file_ns = 0;
};

Runner::Runner(const Options& options)
    : options_(options),
      placement_(options.pin),
      programs_(fs::canonical("/proc/self/exe").parent_path()),
      cycles_per_ns_(bench::calibrate_cycles_per_ns()) {
  placement_.place(cpus_);
  bench::adopt_orphans();
  if (::access(options.archiver.c_str(), X_OK) != 0)
    cli::die(options.archiver.string() + " is not there: build it, or give --archiver", cli::ExitCode::usage);
}

std::vector<ContenderKind> Runner::kinds() const {
  std::vector<ContenderKind> kinds = {logbuf_contender(), lttng_contender(programs_, waiter_)};
  std::ranges::move(spdlog_contenders(programs_), std::back_inserter(kinds));
  return kinds;
}

std::uint64_t Runner::room_records() const noexcept {
  return options_.capacity_bytes / kExtent_bytes;
}

Task Runner::throughput_task() const {
  return {.measure = Measure::throughput,
          .records = options_.records,
          .room_records = room_records(),
          .writer_cpu = cpus_.consumer_cpu};
}

Task Runner::cost_task() const {
  // Two laps, so that every page and every branch has been seen.
  const std::uint64_t warm_up = 2 * room_records();
  return {.measure = Measure::cost,
          .records = warm_up + std::max<std::uint64_t>(1, options_.cost_records / options_.runs),
          .warm_up_records = warm_up,
          .rest_every_records = room_records() / 4,
          .room_records = room_records(),
          .writer_cpu = cpus_.consumer_cpu};
}

Run Runner::run(const ContenderKind& kind, const Place& place, bool read_back) const {
  Run run;
  Outcome fast;
  run_task(kind, place, throughput_task(), read_back, fast);
  run.throughput = {.records = options_.records,
                    .payload_bytes = options_.records * kRecordBytes,
                    .seconds = static_cast<double>(fast.on_file_ns - fast.produced.first_ns) / 1e9};
  Outcome timed;
  run_task(kind, place, cost_task(), read_back, timed);
  run.cost = {.cost = {.cycles = timed.produced.cycles, .timer_cycles = timed.produced.timer_cycles},
              .sum_cycles = timed.produced.sum_cycles};
  return run;
}

void Runner::run_task(const ContenderKind& kind, const Place& place, const Task& task, bool read_back,
                      Outcome& outcome) const {
  const RunDirectory directory(place.directory);
  const RunDirectory scratch(fs::temp_directory_path());
  const bench::Log log(scratch.path() / "log");
  const fs::path data = directory.path() / "data";
  fs::create_directory(data);
  const std::uint64_t bytes = task.records * kExtent_bytes;
  bench::take_memory(data, bytes + bytes / 4);
  bench::settle(data);
  if (options_.rest) waiter_.pause(kRest);
  const bench::SharedMemory memory(sizeof(Page));
  page_in(memory).task = task;
  try {
    const auto contender = kind.make({.waiter = waiter_,
                                      .programs = programs_,
                                      .archiver = options_.archiver,
                                      .data = data,
                                      .scratch = scratch.path(),
                                      .page = memory,
                                      .log = log.descriptor(),
                                      .producer_cpu = cpus_.cpus[0],
                                      .writer_cpu = cpus_.consumer_cpu,
                                      .room_bytes = options_.capacity_bytes,
                                      .file_bytes = 2 * bytes + (1 << 20),
                                      .limit = bench::longest_wait(bytes)});
    contender->start();
    Child producer = contender->start_producer();
    outcome.on_file_ns = contender->finish(producer);
    outcome.produced = page_in(memory).produced;
    check(kind, *contender, task, read_back);
  } catch (const bench::Interrupted&) {
    throw;
  } catch (const cli::Stop& stop) {
    cli::die(kind.name + ", " + place.name + ": " + stop.what() + log.last_lines(), stop.code());
  }
}

// All is there, and nothing was said to be lost.
void Runner::check(const ContenderKind& kind, Contender& contender, const Task& task, bool read_back) const {
  Expectation expectation;
  const OnFile on_file = read_back
                             ? contender.read_back([&](std::span<const std::byte> record) { expectation.take(record); })
                             : contender.count();
  if (on_file.records == task.records && on_file.lost == 0 && expectation.wrong() == 0) return;
  cli::die(std::to_string(task.records) + " records were written; on file are " + std::to_string(on_file.records) +
               ", of which " + std::to_string(expectation.wrong()) + " are others; " + kind.name +
               " itself says that " + std::to_string(on_file.lost) + " were lost",
           cli::ExitCode::lost);
}

}  // namespace logbuf::bench_disk
