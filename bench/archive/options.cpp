#include "options.hpp"

#include <algorithm>

#include "program.hpp"
#include "round_flags.hpp"

namespace logbuf::bench_archive {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

using bench::wrong;

struct Texts {
  cli::Count mib{1024};
  bench::RoundFlags how{.at_most = cli::Duration{std::chrono::minutes(4)}};
  std::string directory;
  std::string text;
  bool compress = false;
  bool no_compress = false;
  bool reading = false;
};

Options options_from(const Texts& texts, const cli::po::variables_map& values) {
  const auto given = [&](const char* flag) { return bench::chosen(values, flag); };
  Options options;
  std::uint64_t mib = texts.how.quick && !given("mib") ? 8 : texts.mib.number;
  if (mib == 0 || mib > 1 << 20) wrong("--mib " + std::to_string(mib) + " is not between 1 and 1048576");
  options.bytes = mib * kMiB;
  options.runs = texts.how.runs_of(values);
  options.at_most = texts.how.at_most.time;
  options.directory = texts.directory;
  if (options.directory.empty()) options.directory = std::filesystem::temp_directory_path();
  options.archiver = texts.how.archiver_path();
  options.json_path = texts.how.json_path;
  options.check = texts.how.check;
  options.text_path = texts.text;
  options.capacity_bytes = 16 * kMiB;
  options.rotate_bytes = texts.how.quick ? 2 * kMiB : 256 * kMiB;
  options.sync_interval_ns = texts.how.quick ? 5'000'000 : 1'000'000'000;
  options.sync_interval = texts.how.quick ? "5ms" : "1s";
  if (texts.compress && texts.no_compress) wrong("--compress and --no-compress are each other's opposites");
  if (texts.reading && (texts.compress || texts.no_compress || given("text")))
    wrong("--reading has nothing to do with compression");
  if (texts.no_compress && given("text")) wrong("--text is compressed, which --no-compress leaves out");
  options.reading = texts.reading;
  options.tools = std::filesystem::canonical("/proc/self/exe").parent_path() / "../../tools";
  options.lines = !texts.compress;
  options.compression = !texts.no_compress;
  options.pin = !texts.how.no_pin;
  options.rest = !texts.how.quick;
  options.quick = texts.how.quick;
  return options;
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Texts texts;
  auto what = cli::option_group("What is measured");
  what.add_options()("mib", po::value(&texts.mib)->value_name("N")->default_value(texts.mib),
                     "how many MiB of the ring each run fills")(
      "dir", po::value(&texts.directory)->value_name("DIR"),
      "on which disk, with room for three times as much (default: the directory for temporary files)")(
      "compress", po::bool_switch(&texts.compress), "what --compress costs producers, and nothing else")(
      "no-compress", po::bool_switch(&texts.no_compress), "all but that")(
      "reading", po::bool_switch(&texts.reading),
      "instead: how fast archives are read, recovered and searched, beside cat of their files")(
      "text", po::value(&texts.text)->value_name("FILE"), "whose lines are compressed (default: some are made up)");
  auto how = texts.how.group("few bytes, small files");
  const cli::ProgramInfo info{
      .name = "logbuf-bench-archive",
      .purpose = "Measures how fast logbuf-archiver brings a ring to disk, beside a plain loop on the same disk.",
      .usage = {"[OPTION...]"},
      .groups = {what, how},
      .arguments = {},
      .examples = {{"logbuf-bench-archive --dir /var/lib/logbuf --json today.json", "all of it, on that disk"},
                   {"logbuf-bench-archive --compress --text /var/log/syslog", "what compression costs these lines"}},
      .notes =
          "docs/benchmarks.md says how to read the figures.\n"
          "Exit status: 0 fine, 1 failed at run time or a ratio fell (--check), 2 wrong usage, 3 records were lost on "
          "the way."};
  return cli::run(argc, argv, info, [&](const po::variables_map& values) { return body(options_from(texts, values)); });
}

}  // namespace logbuf::bench_archive
