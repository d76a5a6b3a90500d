#include "runner.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "../archived_ring.hpp"
#include "../cycle_timer.hpp"
#include "../disk.hpp"
#include "../read_archive.hpp"
#include "../scratch.hpp"
#include "failure.hpp"

namespace logbuf::bench_spdlog {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// spdlog's own, by default. A burst fills a quarter.
constexpr std::uint64_t kQueueMessages = 8192;
constexpr std::uint64_t kBurst = kQueueMessages / 4;
constexpr std::uint64_t kWarmUpBursts = 2;
constexpr std::uint64_t kRingBytes = std::uint64_t{16} << 20;
constexpr auto kLimit = 120s;

std::uint64_t calls_of(const Task& task) {
  return task.bursts * task.calls_a_burst * task.threads;
}

void expect(std::uint64_t lines, const Task& task) {
  if (lines == calls_of(task)) return;
  cli::die(std::to_string(calls_of(task)) + " lines were logged, and " + std::to_string(lines) + " are on file",
           cli::ExitCode::lost);
}

std::uint64_t lines_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  using Bytes = std::istreambuf_iterator<char>;
  return static_cast<std::uint64_t>(std::count(Bytes(in), Bytes(), '\n'));
}

bool done(const bench::SharedMemory& page) {
  return page_in(page).done.load(std::memory_order_acquire) != 0;
}

}  // namespace

const char* name_of(Way way) {
  switch (way) {
    case Way::ring: return "logbuf";
    case Way::file: return "basic_file_sink";
    case Way::async: return "async";
    case Way::nowhere: break;
  }
  return "null_sink";
}

const char* settings_of(Way way) {
  switch (way) {
    case Way::ring: return "SpdlogSink, a ring of 16M, logbuf-archiver --sync none";
    case Way::file: return "basic_file_sink_mt";
    case Way::async: return "async_logger before basic_file_sink_mt, a queue of 8192 messages; waits when it is full";
    case Way::nowhere: break;
  }
  return "null_sink_mt, which writes nothing: what spdlog takes for the text alone, and a mutex";
}

Runner::Runner(const Options& options)
    : options_(options),
      placement_(options.pin),
      producer_(fs::canonical("/proc/self/exe").parent_path() / "spdlog-producer"),
      cycles_per_ns_(bench::calibrate_cycles_per_ns()) {
  placement_.place(cpus_);
  bench::adopt_orphans();
  if (::access(options.archiver.c_str(), X_OK) != 0)
    cli::die(options.archiver.string() + " is not there: build it, or give --archiver", cli::ExitCode::usage);
}

std::string Runner::placement() const {
  if (cpus_.consumer_cpu < 0) return "not pinned";
  return "what writes on CPU " + std::to_string(cpus_.consumer_cpu) + ", one thread on CPU " +
         std::to_string(cpus_.cpus[0]) + ", several on these, and others, in turn";
}

Task Runner::task_for(Way way, std::uint32_t threads) const {
  Task task = {.way = way,
               .threads = threads,
               .bursts = kWarmUpBursts + std::max<std::uint64_t>(1, options_.calls / kBurst),
               .calls_a_burst = kBurst / threads,
               .warm_up_bursts = kWarmUpBursts,
               .queue_messages = kQueueMessages,
               .writer_cpu = cpus_.consumer_cpu};
  // Several threads meet only where they have several CPUs, so that of what writes is one of theirs.
  std::vector<std::int32_t> cpus(1, cpus_.cpus[0]);
  for (std::size_t i = 1; i < cpus_.cpus.size() && cpus_.cpus[i] != cpus.front(); ++i) cpus.push_back(cpus_.cpus[i]);
  if (cpus.front() != cpus_.consumer_cpu) cpus.push_back(cpus_.consumer_cpu);
  for (std::uint32_t i = 0; i < threads; ++i) task.cpus[i] = cpus[i % cpus.size()];
  options_.pattern.copy(task.pattern.data(), task.pattern.size() - 1);
  return task;
}

Run Runner::run(Way way, std::uint32_t threads) const {
  const bench::TemporaryDirectory directory(options_.directory, "logbuf-bench-spdlog");
  const bench::Log log(directory.path() / "log");
  bench::settle(directory.path());
  const bench::SharedMemory memory(sizeof(Page));
  Page& page = page_in(memory);
  page.task = task_for(way, threads);
  try {
    if (way == Way::ring) {
      log_to_ring(memory, directory.path(), log.descriptor());
    } else {
      log_to_file(memory, directory.path(), log.descriptor());
    }
    if (page.errors != 0) cli::die("spdlog told of " + std::to_string(page.errors) + " errors", cli::ExitCode::lost);
  } catch (const bench::Interrupted&) {
    throw;
  } catch (const cli::Stop& stop) {
    cli::die(std::string(name_of(way)) + ": " + stop.what() + log.last_lines(), stop.code());
  }
  Run run;
  for (std::uint32_t i = 0; i < threads; ++i) {
    const ThreadResult& thread = page.threads[i];
    run.cost.merge({.cycles = thread.cycles, .timer_cycles = thread.timer_cycles});
    run.sum_cycles += thread.sum_cycles;
  }
  return run;
}

void Runner::log_to_ring(const bench::SharedMemory& page, const fs::path& directory, int log) const {
  const bench::ArchivedRing ring("bench-spdlog-" + std::to_string(::getpid()), kRingBytes);
  bench::Child archiver = bench::start_archiver({options_.archiver, "--dir", directory, "--sync", "none"}, ring,
                                                {.log = log, .cpu = cpus_.consumer_cpu}, waiter_);
  bench::Child producer({producer_, std::to_string(page.descriptor()), ring.name()},
                        {.descriptors = {page.descriptor()}, .log = log});
  bench::await("the archive to be complete", waiter_, kLimit, &archiver, &producer,
               [&] { return done(page) && ring.all_archived(); });
  archiver.kill();
  const auto totals = bench::read_archive(directory / ring.name(), [](std::span<const std::byte>) {});
  expect(totals.records, page_in(page).task);
}

void Runner::log_to_file(const bench::SharedMemory& page, const fs::path& directory, int log) const {
  const fs::path file = directory / "lines";
  bench::Child producer({producer_, std::to_string(page.descriptor()), file},
                        {.descriptors = {page.descriptor()}, .log = log});
  bench::await("the file to be complete", waiter_, kLimit, nullptr, &producer, [&] { return done(page); });
  if (producer.wait(waiter_, kLimit) != 0) cli::die("the process that logged did not end well");
  if (page_in(page).task.way != Way::nowhere) expect(lines_in(file), page_in(page).task);
}

}  // namespace logbuf::bench_spdlog
