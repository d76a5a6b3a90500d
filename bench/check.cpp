#include "check.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "append.hpp"
#include "result.hpp"

namespace logbuf::bench {
namespace {

// What was measured of it: a figure of 0, on either side, makes no ratio.
std::vector<double> valid(const Ratio& ratio) {
  std::vector<double> rounds;
  for (const double round : ratio.rounds)
    if (std::isfinite(round) && round > 0) rounds.push_back(round);
  return rounds;
}

double with_four_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

Reference read_file(const std::string& option, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    cli::die(option + " " + path + ": cannot be read, or is empty", cli::ExitCode::usage);
  try {
    return parse_reference(text.str());
  } catch (const std::exception&) {
    cli::die(option + " " + path + ": has no ratios", cli::ExitCode::usage);
  }
}

}  // namespace

Comparison compare(const Reference& then, const std::vector<Ratio>& now) {
  Comparison comparison;
  for (const Ratio& ratio : now) {
    const std::vector<double> rounds = valid(ratio);
    if (rounds.empty()) continue;
    const auto known = then.find(ratio.name);
    if (known == then.end()) {
      ++comparison.not_known;
      continue;
    }
    ++comparison.compared;
    const Spread spread = spread_of(rounds);
    if (spread.most >= kTolerance * known->second) continue;
    comparison.fallen.push_back(
        {.name = ratio.name, .then = known->second, .median = spread.median, .best = spread.most});
  }
  comparison.not_measured = then.size() - comparison.compared;
  return comparison;
}

void update(Reference& reference, const std::vector<Ratio>& now) {
  for (const Ratio& ratio : now) {
    const std::vector<double> rounds = valid(ratio);
    if (!rounds.empty()) reference[ratio.name] = with_four_digits(spread_of(rounds).least);
  }
}

Reference parse_reference(const std::string& text) {
  return nlohmann::json::parse(text).get<Reference>();
}

std::string as_json(const Reference& reference) {
  return nlohmann::json(reference).dump(2) + "\n";
}

std::string as_text(const Comparison& comparison, const std::string& file) {
  std::string text;
  append(text, "\nAgainst %s: %zu ratios compared, %zu fell below %.1f of what they were", file.c_str(),
         comparison.compared, comparison.fallen.size(), kTolerance);
  if (comparison.not_measured != 0) append(text, "; %zu of its ratios are not in this run", comparison.not_measured);
  if (comparison.not_known != 0) append(text, "; %zu of this run's it does not have", comparison.not_known);
  text += '\n';
  for (const Fallen& fallen : comparison.fallen) {
    append(text, "fell: %-56s then at least %8.3f, now %8.3f, at most %8.3f\n", fallen.name.c_str(), fallen.then,
           fallen.median, fallen.best);
  }
  return text;
}

void add_check_options(cli::po::options_description& group, CheckOptions& options) {
  namespace po = cli::po;
  group.add_options()("check", po::value(&options.against)->value_name("FILE"),
                      "fail where a ratio fell below 0.7 of what it is in the file")(
      "write-check", po::value(&options.write)->value_name("FILE"),
      "put this run's ratios into the file, beside those of other runs");
}

Check::Check(const CheckOptions& options) : options_(options) {
  if (!options.against.empty()) against_ = read_file("--check", options.against);
  if (options.write.empty()) return;
  // Empty where a run was interrupted.
  std::error_code none;
  const auto size = std::filesystem::file_size(options.write, none);
  if (!none && size != 0) to_write_ = read_file("--write-check", options.write);
  if (!std::ofstream(options.write, std::ios::app))
    cli::die("--write-check " + options.write + ": " + std::strerror(errno), cli::ExitCode::usage);
}

std::string Check::finish(const std::vector<Ratio>& ratios) {
  if (!options_.write.empty()) {
    update(to_write_, ratios);
    if (!(std::ofstream(options_.write) << as_json(to_write_) << std::flush))
      cli::die("--write-check " + options_.write + ": could not be written");
  }
  if (options_.against.empty()) return {};
  const Comparison comparison = compare(against_, ratios);
  // Nothing compared is nothing shown to be well.
  if (comparison.compared == 0)
    cli::complain("none of this run's ratios is in " + options_.against + ": --write-check first");
  if (!comparison.fallen.empty() || comparison.compared == 0) exit_code_ = cli::ExitCode::failed;
  return as_text(comparison, options_.against);
}

}  // namespace logbuf::bench
