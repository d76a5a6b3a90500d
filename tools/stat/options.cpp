#include "options.hpp"

#include <logbuf/segment.hpp>

#include "text.hpp"
#include "view.hpp"

namespace logbuf::stat {
namespace {

namespace po = cli::po;

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what, cli::ExitCode::usage);
}

bool is_pattern(const std::string& word) {
  return word.find_first_of("*?[") != std::string::npos;
}

}  // namespace

cli::ProgramInfo program(Options& o) {
  auto looks = cli::option_group("Looks");
  looks.add_options()("interval", po::value(&o.interval)->value_name("DURATION")->default_value(o.interval),
                      "from one look to the next; 100ms to 1d")("count,n", po::value(&o.count)->value_name("N"),
                                                                "end after N of them")(
      "once,1", po::bool_switch(&o.once), "the same as --count 1, without a screen");
  auto output = cli::option_group("Output");
  output.add_options()("json", po::bool_switch(&o.json), "one JSON object a line for each look");
  return {.name = "logbuf-stat",
          .purpose = "shows how rings do: fill, rates, lag, producers, loss",
          .usage = {"[RING...] [OPTION...]"},
          .groups = {looks, output},
          .arguments = {{"RING", &o.rings, 0, cli::Argument::any_number}},
          .examples = {{"logbuf-stat", "a screen of all rings; ? explains it, q ends it"},
                       {"logbuf-stat --json 'feed-*' | jq '.rings[] | [.name, .rates.records]'",
                        "records a second of these rings, look by look"}},
          .notes =
              "RING is a name, or a pattern of the shell's kind; none: all. Where there is no terminal, a table of one "
              "look.\n"
              "Rates are those between a look and the one before it. It only looks: neither end of a ring notices.\n"
              "Exit codes: 0 fine; 1 failed; 2 wrong usage, no such ring."};
}

void check(const Options& o) {
  if (o.interval.time < View::shortest_interval || o.interval.time > View::longest_interval)
    wrong("--interval: give 100ms to 1d");
  if (o.count && o.count->number == 0) wrong("--count: give 1 or more");
  if (o.count && o.once) wrong("--once is --count 1: give one of them");
  for (const std::string& word : o.rings) {
    if (is_pattern(word)) continue;
    const auto segment = Segment::open(word);
    const bool no_ring = !segment && (segment.error() == Errc::no_such_ring || segment.error() == Errc::invalid_name);
    if (no_ring) cli::die(segment.error(), "ring '" + cli::escape(word) + "'");
  }
}

}  // namespace logbuf::stat
