#include "options.hpp"

#include "page.hpp"
#include "program.hpp"
#include "round_flags.hpp"

namespace logbuf::bench_spdlog {
namespace {

namespace fs = std::filesystem;

using bench::wrong;

struct Given {
  cli::Count calls{200'000};
  bench::RoundFlags how{.runs = cli::Count{7}};
  std::string pattern = "%+";
  std::string directory;
};

Options options_from(const Given& given, const cli::po::variables_map& values) {
  const auto chosen = [&](const char* flag) { return bench::chosen(values, flag); };
  const std::uint64_t calls = given.how.quick && !chosen("calls") ? 10'000 : given.calls.number;
  if (calls < 10'000 || calls > 100'000'000)
    wrong("--calls " + std::to_string(calls) + " is not between 10000 and 100000000");
  if (given.pattern.size() >= Task{}.pattern.size())
    wrong("--pattern has " + std::to_string(given.pattern.size()) + " characters, and may have 63");
  return {.calls = calls,
          .runs = given.how.runs_of(values),
          .at_most = given.how.at_most.time,
          .pattern = given.pattern,
          .directory = given.directory.empty() ? fs::temp_directory_path() : fs::path(given.directory),
          .archiver = given.how.archiver_path(),
          .json_path = given.how.json_path,
          .check = given.how.check,
          .pin = !given.how.no_pin,
          .quick = given.how.quick};
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Given given;
  auto what = cli::option_group("What is measured");
  what.add_options()("calls", po::value(&given.calls)->value_name("N")->default_value(given.calls),
                     "of each run, by all its threads together")(
      "pattern", po::value(&given.pattern)->value_name("PATTERN")->default_value(given.pattern),
      "of the lines, as spdlog has it")("dir", po::value(&given.directory)->value_name("DIR"),
                                        "where the lines go (default: the directory for temporary files)");
  auto how = given.how.group("few calls");
  const cli::ProgramInfo info{
      .name = "logbuf-bench-spdlog",
      .purpose = "Measures a call of spdlog with logbuf's sink, beside spdlog's own ways to a file.",
      .usage = {"[OPTION...]"},
      .groups = {what, how},
      .arguments = {},
      .examples = {{"logbuf-bench-spdlog --json today.json", "all of it"},
                   {"logbuf-bench-spdlog --pattern %v --runs 15", "the text alone, asked more often"}},
      .notes =
          "docs/benchmarks.md says how to read the figures.\n"
          "Exit status: 0 fine, 1 failed at run time or a ratio fell (--check), 2 wrong usage, 3 lines were lost on "
          "the way."};
  return cli::run(argc, argv, info, [&](const po::variables_map& values) { return body(options_from(given, values)); });
}

}  // namespace logbuf::bench_spdlog
