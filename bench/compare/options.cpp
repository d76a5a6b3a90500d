#include "options.hpp"

#include <algorithm>
#include <bit>
#include <random>

#include "page.hpp"
#include "program.hpp"
#include "size.hpp"

namespace logbuf::compare {
namespace {

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

struct Given {
  cli::Count kills{100};
  cli::Count consumer_kills{0};
  cli::Count producers{8};
  cli::Size capacity{std::uint64_t{1} << 20};
  cli::Duration look{std::chrono::seconds(10)};
  cli::Duration limit{std::chrono::seconds(40)};
  std::optional<cli::Count> seed;
  std::string only;
  std::string archiver;
  std::string json_path;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    words.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

Options options_from(const Given& given) {
  const std::uint64_t lives = given.producers.number + given.kills.number;
  if (given.producers.number < 2 || given.producers.number > 32)
    wrong("--producers " + std::to_string(given.producers.number) + " is not between 2 and 32");
  if (given.kills.number > kMaxLives || given.consumer_kills.number > kMaxLives || lives > kMaxLives)
    wrong("--kills " + std::to_string(given.kills.number) + " is too many");
  if (!std::has_single_bit(given.capacity.bytes) || given.capacity.bytes < 1 << 20 || given.capacity.bytes > 1 << 30)
    wrong("--ring " + cli::format_size(given.capacity.bytes) + " is not a power of two from 1M to 1G");
  return {.kills = static_cast<std::uint32_t>(given.kills.number),
          .consumer_kills = static_cast<std::uint32_t>(given.consumer_kills.number),
          .producers = static_cast<std::uint32_t>(given.producers.number),
          .capacity_bytes = given.capacity.bytes,
          .look = given.look.time,
          .limit = given.limit.time,
          .seed = given.seed ? given.seed->number : std::random_device{}(),
          .only = split(given.only),
          .archiver = given.archiver,
          .json_path = given.json_path};
}

}  // namespace

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body) {
  namespace po = cli::po;
  Given given;
  auto what = cli::option_group("What is done");
  what.add_options()("kills", po::value(&given.kills)->value_name("N")->default_value(given.kills),
                     "producers that are killed, one after the other")(
      "consumer-kills", po::value(&given.consumer_kills)->value_name("N")->default_value(given.consumer_kills),
      "in runs of their own: how often what writes to disk is killed")(
      "producers", po::value(&given.producers)->value_name("N")->default_value(given.producers),
      "processes that write at once")("ring",
                                      po::value(&given.capacity)->value_name("SIZE")->default_value(given.capacity),
                                      "what a transport may hold between producers and disk")(
      "seed", po::value(&given.seed)->value_name("N"), "of who dies when; the default is another one each time");
  auto how = cli::option_group("How");
  how.add_options()("only", po::value(&given.only)->value_name("LIST"),
                    "these transports: logbuf-wait, logbuf-try, queue, lttng-uid-discard, lttng-uid-block, "
                    "lttng-pid-discard, lttng-pid-block (the default), queue-timeout")(
      "look", po::value(&given.look)->value_name("DURATION")->default_value(given.look),
      "how long the survivors of a kill are given to go on")(
      "limit", po::value(&given.limit)->value_name("DURATION")->default_value(given.limit),
      "the longest that the kills of one transport may take")("archiver",
                                                              po::value(&given.archiver)->value_name("FILE"),
                                                              "logbuf-archiver; the default is the one built with it")(
      "json", po::value(&given.json_path)->value_name("FILE"), "write the figures there, as JSON");
  const cli::ProgramInfo info{
      .name = "logbuf-compare",
      .purpose =
          "Kills producers of logbuf, Boost message_queue and LTTng-UST, and looks at what becomes of the others.",
      .usage = {"[OPTION...]"},
      .groups = {what, how},
      .arguments = {},
      .examples = {{"logbuf-compare --json today.json", "what docs/comparison.md shows first: about four minutes"},
                   {"logbuf-compare --consumer-kills 3", "what writes to disk is killed as well: as long again"},
                   {"logbuf-compare --only logbuf-wait,queue --kills 20", "two of them, side by side"}},
      .notes =
          "docs/comparison.md says how to read the figures.\n"
          "Exit status: 0 fine, 1 failed at run time, 2 wrong usage, 3 logbuf itself has lost or doubled records or "
          "did not go on."};
  return cli::run(argc, argv, info, [&](const auto&) { return body(options_from(given)); });
}

}  // namespace logbuf::compare
