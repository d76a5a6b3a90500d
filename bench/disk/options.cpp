#include "options.hpp"

#include <unistd.h>

#include <bit>

#include "program.hpp"
#include "round_flags.hpp"
#include "size.hpp"

namespace logbuf::bench_disk {
namespace {

namespace fs = std::filesystem;

using bench::wrong;

struct Given {
  cli::Count records{4'000'000};
  bench::RoundFlags how;
  cli::Size capacity{std::uint64_t{16} << 20};
  std::string disk;
  std::string memory = "/dev/shm";
  bool no_memory = false;
};

Options options_from(const Given& given, const cli::po::variables_map& values) {
  const auto chosen = [&](const char* flag) { return bench::chosen(values, flag); };
  const std::uint64_t records = given.how.quick && !chosen("records") ? 20'000 : given.records.number;
  if (records == 0 || records > 1'000'000'000)
    wrong("--records " + std::to_string(records) + " is not between 1 and 1000000000");
  const std::uint64_t capacity = given.how.quick && !chosen("ring") ? std::uint64_t{1} << 20 : given.capacity.bytes;
  if (!std::has_single_bit(capacity) || capacity < 1 << 20 || capacity > 1 << 30)
    wrong("--ring " + cli::format_size(capacity) + " is not a power of two from 1M to 1G");
  if (given.no_memory && chosen("memory")) wrong("--memory and --no-memory are each other's opposites");
  // The default need not be there; what somebody asks for does.
  if (chosen("memory") && (!fs::is_directory(given.memory) || ::access(given.memory.c_str(), W_OK) != 0))
    wrong("--memory " + given.memory + " is no directory that can be written to");
  return {.records = records,
          .cost_records = given.how.quick ? 20'000u : 1'000'000u,
          .runs = given.how.runs_of(values),
          .at_most = given.how.at_most.time,
          .disk = given.disk.empty() ? fs::temp_directory_path() : fs::path(given.disk),
          .memory = given.no_memory ? fs::path() : fs::path(given.memory),
          .archiver = given.how.archiver_path(),
          .capacity_bytes = capacity,
          .json_path = given.how.json_path,
          .check = given.how.check,
          .pin = !given.how.no_pin,
          .rest = !given.how.quick,
          .quick = given.how.quick};
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Given given;
  auto what = cli::option_group("What is measured");
  what.add_options()("records", po::value(&given.records)->value_name("N")->default_value(given.records),
                     "that each run brings from the producer to a file")(
      "ring", po::value(&given.capacity)->value_name("SIZE")->default_value(given.capacity),
      "the ring's capacity, and what others may hold before the file")(
      "dir", po::value(&given.disk)->value_name("DIR"), "on which disk (default: the directory for temporary files)")(
      "memory", po::value(&given.memory)->value_name("DIR")->default_value(given.memory),
      "the same once more, to a file system in memory")("no-memory", po::bool_switch(&given.no_memory), "not that");
  auto how = given.how.group("few records");
  const cli::ProgramInfo info{
      .name = "logbuf-bench-disk",
      .purpose = "Measures records from a producer to a file: logbuf, and what people use instead.",
      .usage = {"[OPTION...]"},
      .groups = {what, how},
      .arguments = {},
      .examples = {{"logbuf-bench-disk --dir /var/lib/logbuf --json today.json", "all of it, on that disk"},
                   {"logbuf-bench-disk --no-memory --runs 9", "the disk alone, asked more often"}},
      .notes =
          "docs/benchmarks.md says how to read the figures.\n"
          "Exit status: 0 fine, 1 failed at run time or a ratio fell (--check), 2 wrong usage, 3 records were lost on "
          "the way."};
  return cli::run(argc, argv, info, [&](const po::variables_map& values) { return body(options_from(given, values)); });
}

}  // namespace logbuf::bench_disk
