#include "options.hpp"

#include <unistd.h>

#include <boost/any.hpp>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "patterns.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

namespace po = boost::program_options;

constexpr std::pair<std::string_view, OutputKind> output_names[] = {
    {"text", OutputKind::text}, {"raw", OutputKind::raw}, {"hex", OutputKind::hex},
    {"json", OutputKind::json}, {"csv", OutputKind::csv}, {"length-prefixed", OutputKind::length_prefixed},
};

constexpr std::pair<std::string_view, TimeStyle> time_names[] = {
    {"iso", TimeStyle::iso},
    {"unix", TimeStyle::epoch},
    {"delta", TimeStyle::delta},
    {"none", TimeStyle::none},
};

constexpr std::pair<std::string_view, cli::ColorWhen> color_names[] = {
    {"auto", cli::ColorWhen::automatic},
    {"always", cli::ColorWhen::always},
    {"never", cli::ColorWhen::never},
};

std::string single(const boost::any& out, const std::vector<std::string>& values) {
  po::validators::check_first_occurrence(out);
  return po::validators::get_single_string(values);
}

template <typename T, std::size_t N>
T one_of(const std::pair<std::string_view, T> (&names)[N], const std::string& text) {
  std::string known;
  for (const auto& [name, value] : names) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw cli::BadValue("'" + cli::escape(text) + "' is none of " + known);
}

}  // namespace
}  // namespace logbuf::cat

// Boost.Program_options finds these by the namespace of the value in the optional.
namespace logbuf::cli {
void validate(boost::any& out, const std::vector<std::string>& values, std::optional<ColorWhen>*, int) {
  out = std::optional(cat::one_of(cat::color_names, cat::single(out, values)));
}
}  // namespace logbuf::cli

namespace logbuf::cat {

void validate(boost::any& out, const std::vector<std::string>& values, std::optional<OutputKind>*, int) {
  out = std::optional(one_of(output_names, single(out, values)));
}

void validate(boost::any& out, const std::vector<std::string>& values, std::optional<TimeStyle>*, int) {
  out = std::optional(one_of(time_names, single(out, values)));
}

namespace {

[[noreturn]] void refuse(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

int how_many(std::initializer_list<bool> flags) {
  int count = 0;
  for (const bool flag : flags) count += flag ? 1 : 0;
  return count;
}

}  // namespace

OutputKind Options::output_kind() const {
  if (json) return OutputKind::json;
  if (hex) return OutputKind::hex;
  if (format) return OutputKind::custom;
  return output.value_or(OutputKind::text);
}

Filter Options::filter() const {
  Filter filter = Selection::filter();
  const auto letters = ignore_case ? Patterns::Case::ignore : Patterns::Case::heed;
  Patterns patterns;
  for (const std::string& re : greps) patterns.add(re, letters);
  for (const std::string& re : excludes) patterns.exclude(re, letters);
  if (!patterns.all()) filter.set_payloads(std::make_unique<Patterns>(std::move(patterns)));
  return filter;
}

TimeColumn Options::time_column() const {
  return {.style = time.value_or(formats_time() ? TimeStyle::iso : TimeStyle::none),
          .zone = utc ? cli::Zone::utc : cli::Zone::local};
}

Look Options::look(const Filter& filter) const {
  return {.for_terminal = isatty(STDOUT_FILENO) != 0,
          .color = cli::wants_color(color_when(), STDOUT_FILENO),
          .highlighted = filter.payloads()};
}

const char* Options::time_flag() const {
  if (since) return "--since";
  if (until) return "--until";
  if (formats_time()) return "--format with %t";
  if (time_column().style != TimeStyle::none) return "--time";
  if (merge) return "--merge";
  return nullptr;
}

cli::ProgramInfo program(Options& options) {
  auto which = cli::option_group("Which records");
  auto add = which.add_options();
  add("follow,f", po::bool_switch(&options.follow), "go on: wait for what comes next");
  add("lines,n", po::value(&options.lines)->value_name("N"), "the last N only");
  add("count,c", po::value(&options.count)->value_name("N"), "stop after N");
  options.add_ranges_to(which);
  options.add_fields_to(which);
  add("grep,g", po::value(&options.greps)->value_name("RE"),
      "those whose payload this regular expression matches; may be given again for one more");
  add("exclude", po::value(&options.excludes)->value_name("RE"), "those that it does not match; may be given again");
  add("ignore-case,i", po::bool_switch(&options.ignore_case), "letters of either case are one to --grep and --exclude");
  add("merge,m", po::bool_switch(&options.merge), "the records of several TARGETs in the order of their times");

  auto how = cli::option_group("How they are shown");
  auto add_how = how.add_options();
  add_how("output,o", po::value(&options.output)->value_name("KIND"),
          "text (the default: payload and a newline), raw (payload alone), hex, json, csv, length-prefixed");
  add_how("json,J", po::bool_switch(&options.json), "same as --output json");
  add_how("hex,X", po::bool_switch(&options.hex), "same as --output hex");
  add_how("format,F", po::value(&options.format)->value_name("STR"),
          "each record as STR says: %s seq, %o position, %t time, %p producer's slot, %n its name, %T type, %l length, "
          "%d payload, %x payload in hex, %% a '%', \\n newline (none is added), \\t tab, \\0 zero byte, \\\\ a '\\'");
  add_how(
      "time", po::value(&options.time)->value_name("STYLE"),
      "what text begins with, or %t is: the record's time as iso, unix (seconds since 1970), delta (since the record "
      "before), or none (the default)");
  add_how("color", po::value(&options.color)->value_name("WHEN"),
          "what --grep found, times, producers and gaps in colours: auto (the default: on a terminal), always, never");
  add_how("force", po::bool_switch(&options.force), "raw and length-prefixed on a terminal, too");
  add_how("utc", po::bool_switch(&options.utc), "times are of UTC, not of this machine's zone");

  auto instead = cli::option_group("Instead of showing them");
  auto add_instead = instead.add_options();
  add_instead("stats", po::bool_switch(&options.stats), "totals for each producer and type");
  add_instead("verify", po::bool_switch(&options.verify), "read everything: is all there, and right?");
  add_instead("header", po::bool_switch(&options.header), "what the ring or the files say of themselves");

  auto taking = cli::option_group("Taking them");
  taking.add_options()("consume", po::bool_switch(&options.consume),
                       "rings only: take the records; what was not written to stdout stays in the ring");
  return {.name = "logbuf-cat",
          .purpose = "shows the records of rings (taking nothing from them) and archives",
          .usage = {"[OPTION...] TARGET..."},
          .groups = {which, how, instead, taking},
          .arguments = {{.name = "TARGET", .values = &options.targets, .at_most = cli::Argument::any_number}},
          .examples = {{.command = "logbuf-cat -f orders", .effect = "what is in ring orders, and what comes"},
                       {.command = "logbuf-cat -J --seq 1000..1999 /var/log/logbuf/orders",
                        .effect = "a thousand records of an archive as JSON, one a line"},
                       {.command = "logbuf-cat -S yesterday -U today /var/log/logbuf/orders",
                        .effect = "yesterday's records"}},
          .notes =
              "TIME is 2026-11-22T05:06:07.5Z (without the Z: local time), as much of it as one likes, @SECONDS\n"
              "since 1970, -5m (before now), now, today or yesterday.\n"
              "TARGET is a ring's name, an archive directory or a segment file; with a '/' it is a path\n"
              "(./orders). RE is a regular expression as RE2 has them. Exit codes: 0 fine, 1 failed, or\n"
              "--grep or --exclude left nothing, 2 wrong usage or no such target, 3 shown, but records are lost\n"
              "or damaged."};
}

void check(const Options& options) {
  if (how_many({options.json, options.hex, options.output.has_value(), options.format.has_value()}) > 1) {
    refuse("only one of --output, --json, --hex and --format can be given");
  }
  const int instead = how_many({options.stats, options.verify, options.header});
  if (instead > 1) refuse("only one of --stats, --verify and --header can be given");
  if (instead != 0 &&
      (options.hex || options.format ||
       (options.output && *options.output != OutputKind::text && *options.output != OutputKind::json))) {
    refuse("--stats, --verify and --header are printed as text or json");
  }
  const bool is_binary =
      options.output_kind() == OutputKind::raw || options.output_kind() == OutputKind::length_prefixed;
  if (is_binary && instead == 0 && !options.force && isatty(STDOUT_FILENO) != 0) {
    refuse(
        "raw and length-prefixed are bytes as they came, and standard output is a terminal, which they may confuse: "
        "send them to a file or a pipe, look at them with --output text or --hex, or give --force");
  }
  const TimeStyle time = options.time_column().style;
  if (options.format && options.formats_time() != (time != TimeStyle::none)) {
    refuse("--time does not fit --format: iso, unix and delta are for %t, and none is for a format without it");
  }
  if (!options.format && time != TimeStyle::none && (options.output_kind() != OutputKind::text || instead != 0)) {
    refuse(
        "--time is for records as text, and for --format: json and csv have their times in UTC, the others have none");
  }
  if (options.merge && (options.follow || options.consume || options.verify || options.header)) {
    refuse("--merge shows what is there: it does not go with --follow, --consume, --verify or --header");
  }
  if (options.follow && options.targets.size() > 1) refuse("--follow takes one TARGET");
  if (options.follow && options.until) refuse("--follow goes on, and --until ends: leave out one of them");
  const bool by_payload = !options.greps.empty() || !options.excludes.empty();
  if (options.ignore_case && !by_payload) refuse("--ignore-case is for --grep and --exclude: give one of them");
  const bool selects = options.lines || options.any() || by_payload;
  if ((options.verify || options.header) && (selects || options.count || options.follow)) {
    refuse("--verify and --header are about everything: they go with no option that selects or follows");
  }
  if (options.consume && instead != 0) refuse("--consume does not go with --stats, --verify or --header");
  if (options.consume && selects) {
    refuse(
        "--consume takes every record in order, and what is not selected would be lost: leave out --lines, "
        "--since, --until, --seq, --producer, --type, --grep and --exclude");
  }
}

}  // namespace logbuf::cat
