#include "ranges.hpp"

#include <boost/program_options.hpp>
#include <charconv>
#include <chrono>
#include <string_view>

#include "failure.hpp"
#include "text.hpp"
#include "time_text.hpp"
#include "value.hpp"

namespace logbuf::cat {
namespace {

namespace po = boost::program_options;

std::string single(const boost::any& out, const std::vector<std::string>& values) {
  po::validators::check_first_occurrence(out);
  return po::validators::get_single_string(values);
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<SeqRange> parse_seqs(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    const auto one = whole_number(text);
    return one ? std::optional(SeqRange{*one, *one}) : std::nullopt;
  }
  const std::string_view from = text.substr(0, dots);
  const std::string_view to = text.substr(dots + 2);
  const auto first = from.empty() ? SeqRange{}.first : whole_number(from);
  const auto last = to.empty() ? SeqRange{}.last : whole_number(to);
  if (!first || !last || (from.empty() && to.empty()) || *first > *last) return std::nullopt;
  return SeqRange{*first, *last};
}

[[noreturn]] void refuse(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

}  // namespace

void validate(boost::any& out, const std::vector<std::string>& values, std::optional<SeqRange>*, int) {
  const std::string text = single(out, values);
  const auto range = parse_seqs(text);
  if (!range) throw cli::BadValue("'" + cli::escape(text) + "' is not A..B, A.., ..B or A with A up to B");
  out = std::optional(*range);
}

void validate(boost::any& out, const std::vector<std::string>& values, std::optional<TimeWord>*, int) {
  out = std::optional(TimeWord{single(out, values)});
}

TimeRange parse_times(const std::optional<TimeWord>& since, const std::optional<TimeWord>& until, cli::Zone zone) {
  const std::int64_t now = cli::now_ns();
  const auto parse = [&](const char* flag, const std::optional<TimeWord>& word) -> std::optional<std::int64_t> {
    if (!word) return std::nullopt;
    const auto time_ns = cli::parse_time(word->text, now, zone);
    if (!time_ns) refuse(std::string(flag) + ": " + time_ns.error());
    return *time_ns;
  };
  const TimeRange times{.since = parse("--since", since), .until = parse("--until", until)};
  if (times.since && times.until && *times.since > *times.until) refuse("--since is later than --until");
  return times;
}

}  // namespace logbuf::cat
