#include "options.hpp"

#include "page.hpp"
#include "program.hpp"

namespace logbuf::bench_spdlog {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

struct Given {
  cli::Count calls{200'000};
  cli::Count runs{7};
  cli::Duration at_most{std::chrono::minutes(8)};
  std::string pattern = "%+";
  std::string directory;
  std::string archiver;
  std::string json_path;
  bench::CheckOptions check;
  bool no_pin = false;
  bool quick = false;
};

Options options_from(const Given& given, const cli::po::variables_map& values) {
  const auto chosen = [&](const char* name) { return values.count(name) != 0 && !values[name].defaulted(); };
  const std::uint64_t calls = given.quick && !chosen("calls") ? 10'000 : given.calls.number;
  if (calls < 10'000 || calls > 100'000'000)
    wrong("--calls " + std::to_string(calls) + " is not between 10000 and 100000000");
  const std::uint64_t runs = given.quick && !chosen("runs") ? 1 : given.runs.number;
  if (runs == 0 || runs > 1000) wrong("--runs " + std::to_string(runs) + " is not between 1 and 1000");
  if (given.pattern.size() >= Task{}.pattern.size())
    wrong("--pattern has " + std::to_string(given.pattern.size()) + " characters, and may have 63");
  return {.calls = calls,
          .runs = static_cast<std::uint32_t>(runs),
          .at_most = given.at_most.time,
          .pattern = given.pattern,
          .directory = given.directory.empty() ? fs::temp_directory_path() : fs::path(given.directory),
          // The one that was built with this program.
          .archiver = given.archiver.empty()
                          ? fs::canonical("/proc/self/exe").parent_path() / "../../daemon/logbuf-archiver"
                          : fs::path(given.archiver),
          .json_path = given.json_path,
          .check = given.check,
          .pin = !given.no_pin,
          .quick = given.quick};
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
  auto how = cli::option_group("How");
  how.add_options()("runs", po::value(&given.runs)->value_name("N")->default_value(given.runs),
                    "of each line, in turn with the others'")(
      "at-most", po::value(&given.at_most)->value_name("DURATION")->default_value(given.at_most),
      "fewer runs where these would take longer")("quick", po::bool_switch(&given.quick),
                                                  "a look whether it works: few calls")(
      "no-pin", po::bool_switch(&given.no_pin), "let the kernel choose the CPUs")(
      "archiver", po::value(&given.archiver)->value_name("FILE"), "another logbuf-archiver")(
      "json", po::value(&given.json_path)->value_name("FILE"), "write every run there, as JSON");
  bench::add_check_options(how, given.check);
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
