#include "options.hpp"

#include <boost/any.hpp>
#include <charconv>
#include <string_view>

#include "text.hpp"

namespace logbuf::replay {
namespace {

using cli::option_group;
namespace po = cli::po;

constexpr double slowest = 1e-6;
constexpr double fastest = 1e6;

std::optional<Speed> parse_speed(std::string_view text) {
  if (text == "max") return Speed{std::nullopt};
  double times = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, times, std::chars_format::fixed);
  if (error != std::errc{} || read_to != end || !(times >= slowest && times <= fastest)) return std::nullopt;
  return Speed{times};
}

}  // namespace

// Boost.Program_options finds it by the namespace of the value.
void validate(boost::any& out, const std::vector<std::string>& values, Speed*, int) {
  po::validators::check_first_occurrence(out);
  const std::string& text = po::validators::get_single_string(values);
  const auto speed = parse_speed(text);
  if (!speed) throw cli::BadValue("'" + cli::escape(text) + "' is neither a number from 0.000001 to 1000000 nor max");
  out = *speed;
}

cli::ProgramInfo program(Options& o) {
  auto which = option_group("Which records");
  o.which.add_ranges_to(which);
  o.which.add_fields_to(which);
  which.add_options()("utc", po::bool_switch(&o.which.utc), "times are of UTC, not of this machine's zone");

  auto when = option_group("When");
  when.add_options()("speed", po::value(&o.speed)->value_name("X"),
                     "X times as fast as it happened (1 if not given), or max: as fast as the ring takes them")(
      "max-pause", po::value(&o.max_pause)->value_name("DURATION"), "wait no longer than this between two records")(
      "loop", po::value(&o.loop)->value_name("N")->default_value({1}), "all of it N times; 0: until a signal ends it");

  auto how = option_group("As whom, and what is said");
  o.sink.add_to(how);
  how.add_options()("verbose,v", po::bool_switch(&o.verbose), "say at the end what was written");

  return {.name = "logbuf-replay",
          .purpose = "puts an archive's records back into a ring, as they came or faster",
          .usage = {"ARCHIVE RING [OPTION...]"},
          .groups = {which, when, o.ring_wish.group(), how},
          .arguments = {{"ARCHIVE", &o.archive}, {"RING", &o.ring}},
          .examples = {{"logbuf-replay /var/log/logbuf/orders orders-test --create --capacity 64M",
                        "the orders again, at the speed at which they came"},
                       {"logbuf-replay orders orders-test --since yesterday --until today --speed 10 --max-pause 1s",
                        "yesterday's, ten times as fast, without the long pauses"},
                       {"logbuf-replay orders load --speed max --loop 0", "a load, until it is interrupted"}},
          .notes =
              "ARCHIVE is an archive directory or a segment file. TIME is as in logbuf-cat.\n"
              "Exit codes: 0 all was written, or a signal ended it; 1 not all could be (too large, ring closed);\n"
              "2 wrong usage, no such archive or ring; 3 written, but the archive has gaps or is damaged, records\n"
              "were dropped, or a signal came while one waited for space."};
}

void check(Options& o) {
  o.ring_wish.check();
  o.sink.check();
  if (o.max_pause && !o.speed.times) {
    cli::die("--max-pause is for a replay with pauses, and --speed max has none (try --help)", cli::ExitCode::usage);
  }
}

}  // namespace logbuf::replay
