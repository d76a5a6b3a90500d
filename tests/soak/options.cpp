#include "options.hpp"

#include <unistd.h>

#include <cmath>
#include <random>

namespace logbuf::soak {
namespace {

constexpr double kMostMinutes = 60.0 * 24 * 365;

struct Texts {
  double minutes = 2;
  std::optional<cli::Count> seed;
  cli::Count epoch;
  cli::Duration pace{std::chrono::milliseconds(8)};
  std::string directory;
  std::string build;
  bool verbose = false;
};

std::filesystem::path program_at(const std::filesystem::path& build, const char* where) {
  const auto path = build / where;
  if (::access(path.c_str(), X_OK) != 0) {
    cli::die("there is no program " + path.string() + ": build it, or say with --build where the programs are",
             cli::ExitCode::usage);
  }
  return path;
}

Options options_from(const Texts& texts) {
  const auto wrong = [](const std::string& what) { cli::die(what + " (try --help)", cli::ExitCode::usage); };
  if (!(texts.minutes > 0 && texts.minutes <= kMostMinutes)) wrong("--minutes: more than 0, and at most a year");
  if (texts.pace.time.count() <= 0) wrong("--pace: longer than 0");
  Options options;
  options.time = std::chrono::nanoseconds(std::llround(texts.minutes * 60e9));
  options.pace = texts.pace.time;
  // Short enough to be typed again.
  options.seed = texts.seed ? texts.seed->number : std::random_device{}();
  options.first_epoch = texts.epoch.number;
  std::error_code error;
  options.directory =
      texts.directory.empty() ? std::filesystem::temp_directory_path(error) : std::filesystem::path(texts.directory);
  if (error || !std::filesystem::is_directory(options.directory, error)) {
    wrong("'" + options.directory.string() + "' is no directory: give one that is there with --dir");
  }
  const std::filesystem::path build = texts.build.empty()
                                          ? std::filesystem::read_symlink("/proc/self/exe").parent_path() / "../.."
                                          : std::filesystem::path(texts.build);
  const auto root = std::filesystem::weakly_canonical(build);
  options.archiver = program_at(root, "daemon/logbuf-archiver");
  options.cat = program_at(root, "tools/cat/logbuf-cat");
  options.ctl = program_at(root, "tools/ctl/logbuf-ctl");
  options.producer = program_at(root, "tests/soak/soak-producer");
  options.progress = texts.verbose || ::isatty(STDERR_FILENO) == 1;
  return options;
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Texts texts;
  auto what = cli::option_group("What is done");
  what.add_options()("minutes", po::value(&texts.minutes)->value_name("N")->default_value(texts.minutes),
                     "for how long; 0.5 will do")("seed", po::value(&texts.seed)->value_name("S"),
                                                  "the schedule of an earlier run, which had printed this")(
      "epoch", po::value(&texts.epoch)->value_name("K")->default_value(texts.epoch),
      "begin with this epoch of the schedule")(
      "pace", po::value(&texts.pace)->value_name("DURATION")->default_value(texts.pace),
      "mean time between two steps of the schedule");
  auto where = cli::option_group("Where");
  where.add_options()("dir", po::value(&texts.directory)->value_name("DIR"),
                      "make the directory for archives there (default: $TMPDIR or /tmp); up to 1 GB")(
      "build", po::value(&texts.build)->value_name("DIR"),
      "the build directory with the programs (default: that of this one)")(
      "verbose", po::bool_switch(&texts.verbose), "a line every ten seconds, also without a terminal");
  const cli::ProgramInfo info{
      .name = "logbuf-soak",
      .purpose = "Kills, stops and continues producers, archivers and readers at random; then the books must balance.",
      .usage = {"[OPTION...]"},
      .groups = {what, where},
      .arguments = {},
      .examples = {{"logbuf-soak --minutes 30", "half an hour of it"},
                   {"logbuf-soak --seed 1234 --epoch 7 --minutes 0.5",
                    "once more what failed in epoch 7 of seed 1234"}},
      .notes =
          "The seed decides what is done, to whom, and when; where the kernel lets each process be at that\n"
          "moment it does not decide, so that a seed that found something may need several runs.\n"
          "Exit status: 0 the books balance, 1 they do not or something failed, 2 wrong usage."};
  return cli::run(argc, argv, info, [&](const po::variables_map&) { return body(options_from(texts)); });
}

}  // namespace logbuf::soak
