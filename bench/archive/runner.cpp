#include "runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <logbuf/archive.hpp>

#include "cycle_timer.hpp"
#include "disk.hpp"
#include "read_archive.hpp"
#include "stage.hpp"

namespace logbuf::bench_archive {
namespace {

using bench::ArchivedRing;
using bench::Child;
using bench::SharedMemory;
using namespace std::chrono_literals;

constexpr const char* kWorker = "/proc/self/exe";
// For what the disk does with what was removed, of which it says nothing.
constexpr auto kRest = 300ms;

Page& page_in(const SharedMemory& memory) {
  return *reinterpret_cast<Page*>(memory.data());
}

bool done(const SharedMemory& memory) {
  return page_in(memory).done.load(std::memory_order_acquire) != 0;
}

}  // namespace

Runner::Runner(const Options& options)
    : options_(options),
      placement_(options.pin),
      directory_(options.directory, "logbuf-bench-archive"),
      ring_("bench-archive-" + std::to_string(::getpid())) {
  placement_.place(cpus_);
  if (::access(options.archiver.c_str(), X_OK) != 0)
    cli::die(options.archiver.string() + " is not there: build it, or give --archiver", cli::ExitCode::usage);
  start_up_ = measure_start_up();
}

void Runner::clear() const {
  std::error_code error;
  std::filesystem::remove_all(data(), error);
  if (!error) std::filesystem::create_directory(data(), error);
  if (error) cli::die(data().string() + ": " + error.message());
}

// Everybody finds an empty directory, a disk that has nothing to do, and a page cache whose memory is at hand: what has
// been free for seconds a virtual machine may have given back, and fetching it makes a run several times as long.
void Runner::prepare() const {
  clear();
  (void)write_plainly({.bytes = options_.bytes + options_.bytes / 4, .file_bytes = options_.rotate_bytes});
  clear();
  bench::settle(data());
  if (options_.rest) waiter_.pause(kRest);
}

Child Runner::start_archiver(const ArchivedRing& ring, const std::vector<std::string>& more, bool pin, int log) const {
  std::vector<std::string> command = {options_.archiver, "--dir", data()};
  command.insert(command.end(), more.begin(), more.end());
  return bench::start_archiver(command, ring, {.log = log, .cpu = pin ? cpus_.consumer_cpu : -1}, waiter_);
}

Child Runner::start_worker(const SharedMemory& page, const std::vector<std::string>& arguments, int cpu) const {
  std::vector<std::string> command = {kWorker, "worker", std::to_string(page.descriptor())};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Child(command, {.descriptors = {page.descriptor()}, .cpu = cpu});
}

void Runner::await(const std::string& what, Child* archiver, Child* worker,
                   const std::function<bool()>& condition) const {
  bench::await(what, waiter_, bench::longest_wait(options_.bytes), archiver, worker, condition);
}

Cpu Runner::measure_start_up() {
  clear();
  const ArchivedRing ring(ring_, options_.capacity_bytes);
  Child archiver = start_archiver(ring, {"--sync", "none"}, true, -1);
  archiver.kill();
  return cpu_of(archiver.usage());
}

ArchiverRun Runner::run_archiver(const Sync& sync, std::uint32_t payload_bytes, bool read_back) {
  return run_archiver(sync, payload_bytes, read_back, options_.bytes);
}

ArchiverRun Runner::run_archiver(const Sync& sync, std::uint32_t payload_bytes, bool read_back, std::uint64_t bytes) {
  prepare();
  const ArchivedRing ring(ring_, options_.capacity_bytes);
  const SharedMemory memory(sizeof(Page));
  Page& page = page_in(memory);
  page.task = {.bytes = bytes, .payload_bytes = payload_bytes};
  Child archiver =
      start_archiver(ring, {"--sync", sync.option, "--rotate-size", std::to_string(options_.rotate_bytes)}, true, -1);
  Child producer = start_worker(memory, {"produce", ring.name()}, cpus_.cpus[0]);
  await("the archive to be complete", &archiver, &producer, [&] { return done(memory) && ring.all_archived(); });
  const std::uint64_t end_ns = bench::monotonic_ns();
  // Killed, it does nothing more that would be counted.
  archiver.kill();
  if (read_back) check_read_back(page.produced);
  return {.records = page.produced.all.records,
          .bytes = bench::bytes_in(data()),
          .seconds = static_cast<double>(end_ns - page.produced.first_commit_ns) / 1e9,
          .cpu = cpu_of(archiver.usage()) - start_up_};
}

// The instrument checks itself: what went in has come out.
void Runner::check_read_back(const Produced& produced) const {
  bench::Tally tally;
  bench::read_archive(archive(), [&](std::span<const std::byte> bytes) {
    std::uint64_t first_word = 0;
    std::memcpy(&first_word, bytes.data(), std::min(sizeof first_word, bytes.size()));
    tally.first_words += first_word;
    tally.bytes += bytes.size();
    ++tally.records;
  });
  const bench::Tally& sent = produced.all;
  if (tally.records == sent.records && tally.bytes == sent.bytes && tally.first_words == sent.first_words) return;
  cli::die(std::to_string(sent.records) + " records were written, " + std::to_string(tally.records) +
               " are in the archive, or are others",
           cli::ExitCode::lost);
}

PlainRun Runner::run_plain(const Sync& sync, std::uint64_t bytes) {
  prepare();
  return write_plainly({.bytes = bytes, .file_bytes = options_.rotate_bytes, .sync_interval_ns = sync.interval_ns});
}

PlainRun Runner::write_plainly(const Task& task) const {
  const SharedMemory memory(sizeof(Page));
  Page& page = page_in(memory);
  page.task = task;
  Child loop = start_worker(memory, {"write", data()}, cpus_.consumer_cpu);
  await("the plain loop", nullptr, &loop, [&] { return done(memory); });
  return page.plain;
}

bool Runner::knows(const std::filesystem::path& program, const std::string& option) const {
  bool known = false;
  const auto status = bench::read_lines({program, "--help"}, {}, waiter_, 20s, [&](std::string_view line) {
    known = known || line.find(option) != std::string_view::npos;
  });
  return status == 0 && known;
}

double Runner::time_program(const std::vector<std::string>& command, int status) const {
  const bench::Log log(directory_.path() / "log");
  const bench::Log nowhere("/dev/null");
  const std::uint64_t began_ns = bench::monotonic_ns();
  const auto ended = bench::run_to_end(
      command, {.output = nowhere.descriptor(), .log = log.descriptor(), .cpu = cpus_.consumer_cpu}, waiter_, 60s);
  const double seconds = static_cast<double>(bench::monotonic_ns() - began_ns) / 1e9;
  if (ended != status) cli::die(command[0] + " ended otherwise than it should:" + log.last_lines());
  return seconds;
}

// Not pinned: where a compressing thread runs is the kernel's choice, as it will be where this is used.
Runner::TextRun Runner::run_text(const std::string& compress) {
  prepare();
  const bench::Log log(directory_.path() / "log");
  const ArchivedRing ring(ring_, options_.capacity_bytes);
  const SharedMemory memory(sizeof(Page));
  Page& page = page_in(memory);
  page.task = {.bytes = options_.bytes};
  // Files small enough that the first are being compressed while the others are written.
  std::vector<std::string> options = {
      "--sync", "none",          "--until-idle",
      "1s",     "--rotate-size", std::to_string(std::max<std::uint64_t>(options_.bytes / 16, 1 << 20))};
  if (!compress.empty()) options.insert(options.end(), {"--compress", compress});
  Child archiver = start_archiver(ring, options, false, log.descriptor());
  Child producer = start_worker(memory, {"produce", ring.name(), options_.text_path}, -1);
  await("the producer", &archiver, &producer, [&] { return done(memory); });
  await("the archiver to end", nullptr, nullptr, [&] { return !archiver.running(); });
  if (archiver.wait(waiter_, 0s) != 0) cli::die("the archiver failed:" + log.last_lines());
  return {.produced = page.produced, .bytes = bench::bytes_in(data())};
}

CompressRun Runner::run_compression() {
  const TextRun without = run_text({});
  const TextRun with = run_text("zstd");
  const auto seconds = [](const TextRun& run) {
    return static_cast<double>(run.produced.last_commit_ns - run.produced.first_commit_ns) / 1e9;
  };
  return {.payload_bytes = without.produced.all.bytes,
          .without_s = seconds(without),
          .with_s = seconds(with),
          .bytes_without = without.bytes,
          .bytes_with = with.bytes};
}

}  // namespace logbuf::bench_archive
