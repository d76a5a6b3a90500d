#include "options.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include "program.hpp"
#include "size.hpp"
#include "stage.hpp"

namespace logbuf::bench {
namespace {

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

// "16,64,1K", each within [least, most].
std::vector<std::uint32_t> parse_list(const std::string& option, const std::string& text, std::uint64_t least,
                                      std::uint64_t most) {
  std::vector<std::uint32_t> list;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, comma - at);
    const auto number = cli::parse_size(item);
    if (!number) wrong(option + " " + text + ": " + number.error());
    if (*number < least || *number > most) {
      wrong(option + " " + text + ": " + item + " is not between " + std::to_string(least) + " and " +
            std::to_string(most));
    }
    list.push_back(static_cast<std::uint32_t>(*number));
    at = comma + 1;
  }
  return list;
}

struct Texts {
  std::string only;
  std::string payloads = "16,64,128,512,1024";
  std::string producers = "1,2,4";
  cli::Count runs{5};
  cli::Size capacity{std::uint64_t{2} << 20};
  cli::Size batch{4096};
  std::string json_path;
  CheckOptions check;
  bool quick = false;
  bool no_pin = false;
  bool no_references = false;
  bool deaths = false;
  bool latency = false;
  bool growth = false;
  bool fairness = false;
  std::string plot;
  std::string from;
};

using Given = std::function<bool(const char* option)>;

// What is measured by one of these alone leaves nothing to choose there: who does is not to believe that it was heeded.
void refuse_what_is_ignored(const Texts& texts, const Given& given) {
  struct Question {
    const char* option;
    bool asked;
    std::vector<const char*> ignored;
  };
  const std::vector<Question> questions = {
      {"--deaths", texts.deaths, {"only", "payload", "producers", "no-references"}},
      {"--latency", texts.latency, {"only", "payload", "producers", "batch", "no-references"}},
      {"--growth", texts.growth, {"only", "payload", "producers", "no-references"}},
      {"--fairness", texts.fairness, {"only", "payload", "producers", "runs"}},
  };
  for (const Question& question : questions) {
    for (const char* const option : question.ignored) {
      if (question.asked && given(option))
        wrong(std::string(question.option) + " does not heed --" + option + ": leave it out");
    }
  }
}

Options options_from(const Texts& texts, const cli::po::variables_map& values) {
  Options options;
  if (texts.only == "spsc") {
    options.only = Kind::spsc;
  } else if (texts.only == "mpsc") {
    options.only = Kind::mpsc;
  } else if (!texts.only.empty()) {
    wrong("--only " + texts.only + " is neither spsc nor mpsc");
  }
  options.capacity_bytes = texts.capacity.bytes;
  constexpr std::uint64_t least_capacity = 64 * 1024;
  if (!std::has_single_bit(options.capacity_bytes) || options.capacity_bytes < least_capacity ||
      options.capacity_bytes > std::uint64_t{1} << 30) {
    wrong("--ring " + cli::format_size(options.capacity_bytes) + " is not a power of two from 64K to 1G");
  }
  const bool quick = texts.quick;
  const auto given = [&](const char* name) { return values.count(name) != 0 && !values[name].defaulted(); };
  refuse_what_is_ignored(texts, given);
  // A record of 1/32 of the ring: what is measured is a stream, not a hand-over.
  options.payloads_bytes =
      parse_list("--payload", quick && !given("payload") ? "16,1024" : texts.payloads, 8, options.capacity_bytes / 32);
  options.producers =
      parse_list("--producers", quick && !given("producers") ? "1,2" : texts.producers, 1, kMaxProducers);
  options.runs = static_cast<std::uint32_t>(std::min<std::uint64_t>(texts.runs.number, 1000));
  if (quick && !given("runs")) options.runs = 1;
  if (options.runs == 0) wrong("--runs 0 measures nothing");
  options.batch_bytes = texts.batch.bytes;
  if (options.batch_bytes == 0) wrong("--batch 0 reads nothing");
  options.deaths = texts.deaths;
  options.latency = texts.latency;
  options.growth = texts.growth;
  options.quick = quick;
  options.fairness = texts.fairness;
  const bool other_question = options.deaths || options.latency || options.growth || options.fairness;
  if (options.deaths + options.latency + options.growth + options.fairness > 1)
    wrong("one question at a time: --deaths, --latency, --growth or --fairness");
  options.plot_directory = texts.plot;
  options.plot_from = texts.from;
  if (!texts.plot.empty() && other_question) wrong("--plot draws throughput and cost, and none of the others");
  if (!texts.from.empty() && texts.plot.empty()) wrong("--from FILE goes with --plot DIR");
  if (!texts.from.empty() && !texts.json_path.empty()) wrong("--from measures nothing: leave out --json");
  options.check = texts.check;
  if (options.check.any() && quick) wrong("--quick measures too little for --check and --write-check");
  if (options.check.any() && options.deaths) wrong("--deaths gives no ratio that --check could compare");
  if (options.check.any() && texts.no_references && !other_question)
    wrong("--check and --write-check need the references");
  options.measured_ns = quick ? 20'000'000 : 300'000'000;
  options.measured_records = quick ? 20'000 : 1'000'000;
  options.pin = !texts.no_pin;
  options.references = !texts.no_references;
  options.json_path = texts.json_path;
  return options;
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Texts texts;
  auto what = cli::option_group("What is measured");
  what.add_options()("only", po::value(&texts.only)->value_name("KIND"), "spsc or mpsc alone")(
      "payload", po::value(&texts.payloads)->value_name("LIST")->default_value(texts.payloads),
      "bytes of each record's payload")("producers",
                                        po::value(&texts.producers)->value_name("LIST")->default_value(texts.producers),
                                        "how many producers an mpsc ring has")(
      "ring", po::value(&texts.capacity)->value_name("SIZE")->default_value(texts.capacity), "the ring's capacity")(
      "batch", po::value(&texts.batch)->value_name("SIZE")->default_value(texts.batch),
      "how much the consumer takes and releases at once")(
      "deaths", po::bool_switch(&texts.deaths),
      "instead: how long anybody waits for a producer that is killed in a claim")(
      "latency", po::bool_switch(&texts.latency),
      "instead: how long it takes from the commit until the consumer sees it, spinning and parked")(
      "growth", po::bool_switch(&texts.growth),
      "instead: what grows with the number of producers and with the ring's size")(
      "fairness", po::bool_switch(&texts.fairness), "instead: what share of the ring each of four producers gets");
  auto how = cli::option_group("How");
  how.add_options()("runs", po::value(&texts.runs)->value_name("N")->default_value(texts.runs),
                    "runs of each configuration, in turn with the others'")(
      "quick", po::bool_switch(&texts.quick), "a look whether it works: short runs, few configurations")(
      "no-pin", po::bool_switch(&texts.no_pin), "let the kernel choose the CPUs")(
      "no-references", po::bool_switch(&texts.no_references), "logbuf alone, without what it is compared with")(
      "json", po::value(&texts.json_path)->value_name("FILE"), "write every run there, as JSON")(
      "plot", po::value(&texts.plot)->value_name("DIR"), "draw throughput and cost by payload there, as SVG")(
      "from", po::value(&texts.from)->value_name("FILE"), "draw an earlier run's JSON, and measure nothing");
  add_check_options(how, texts.check);
  const cli::ProgramInfo info{
      .name = "logbuf-bench",
      .purpose = "Measures what a record costs between processes, and beside it what it might.",
      .usage = {"[OPTION...]"},
      .groups = {what, how},
      .arguments = {},
      .examples = {{"logbuf-bench --json today.json", "all of it: some three minutes"},
                   {"logbuf-bench --plot plots --from today.json", "the same as pictures"},
                   {"logbuf-bench --only mpsc --payload 128 --runs 15", "one question, asked often"}},
      .notes =
          "docs/benchmarks.md says how to read the figures.\n"
          "Exit status: 0 fine, 1 failed at run time or a ratio fell (--check), 2 wrong usage, 3 records were lost on "
          "the way."};
  return cli::run(argc, argv, info, [&](const po::variables_map& values) { return body(options_from(texts, values)); });
}

}  // namespace logbuf::bench
