#include "plot.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "failure.hpp"
#include "result.hpp"
#include "svg.hpp"

namespace logbuf::bench {
namespace {

using Json = nlohmann::json;

constexpr const char* kPayload = "payload of a record, bytes";
constexpr std::array kPercentiles = {"p50", "p99", "p99.9"};

// The lines that stand in one picture: the queue's, and those of its references.
struct Kinship {
  const char* name;
  const char* transport;
  std::string kind;
  unsigned producers;

  bool has(const Json& result) const {
    return result.at("transport") == transport && result.at("kind") == kind && result.at("producers") == producers;
  }
};

std::vector<Kinship> lines_of(const std::string& kind, unsigned producers) {
  return {{.name = "logbuf", .transport = "queue", .kind = kind, .producers = producers},
          {.name = "(1) in-process", .transport = "in-process", .kind = kind, .producers = producers},
          {.name = "(2) bare copy", .transport = "bare-copy", .kind = "spsc", .producers = 1}};
}

// `of`: what is drawn of a result. No line where nothing was measured.
template <typename Of>
void add_series(Chart& chart, const Json& results, const Kinship& kinship, Series series, Of of) {
  for (const Json& result : results) {
    if (kinship.has(result)) series.points.push_back({.x = result.at("payload_bytes").get<double>(), .y = of(result)});
  }
  std::ranges::sort(series.points, {}, &Point::x);
  if (!series.points.empty()) chart.series.push_back(std::move(series));
}

double millions_per_s(const Json& result) {
  std::vector<double> rates;
  for (const Json& run : result.at("throughput_runs")) rates.push_back(run.at("records_per_s").get<double>() / 1e6);
  return spread_of(rates).median;
}

Chart throughput(const Json& results, const std::string& kind, unsigned producers, const std::string& of_what) {
  Chart chart{.title = "Throughput, " + of_what, .x_label = kPayload, .y_label = "million records per second"};
  unsigned hue = 0;
  for (const Kinship& kinship : lines_of(kind, producers))
    add_series(chart, results, kinship, {.name = kinship.name, .hue = hue++}, millions_per_s);
  return chart;
}

Chart cost(const Json& results, const std::string& kind, unsigned producers, const std::string& of_what) {
  Chart chart{.title = "Claim to commit, " + of_what, .x_label = kPayload, .y_label = "time of one record, ns"};
  unsigned hue = 0;
  for (const Kinship& kinship : lines_of(kind, producers)) {
    unsigned dash = 0;
    for (const char* const percentile : kPercentiles) {
      add_series(chart, results, kinship,
                 {.name = std::string(kinship.name) + ", " + percentile, .hue = hue, .dash = dash++},
                 [&](const Json& result) { return result.at("cost").at("ns").at(percentile).get<double>(); });
    }
    ++hue;
  }
  return chart;
}

void write(const std::filesystem::path& path, const Chart& chart) {
  std::ofstream file(path);
  if (!(file << as_svg(chart) << std::flush)) cli::die(path.string() + ": " + std::strerror(errno));
}

void plot_results(const Json& results, const std::filesystem::path& directory) {
  std::set<std::pair<std::string, unsigned>> pictures;
  for (const Json& result : results) {
    if (result.at("transport") == "queue")
      pictures.emplace(result.at("kind").get<std::string>(), result.at("producers").get<unsigned>());
  }
  for (const auto& [kind, producers] : pictures) {
    const std::string count = std::to_string(producers);
    const std::string of_what = kind + ", " + count + (producers == 1 ? " producer" : " producers");
    const std::string file = kind + "-" + count + ".svg";
    write(directory / ("throughput-" + file), throughput(results, kind, producers, of_what));
    write(directory / ("cost-" + file), cost(results, kind, producers, of_what));
  }
}

}  // namespace

void make_plot_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) cli::die("--plot " + directory.string() + ": " + error.message(), cli::ExitCode::usage);
}

void plot(const std::string& json, const std::filesystem::path& directory) {
  plot_results(Json::parse(json).at("results"), directory);
}

// Throws as Json does where it is no object.
static void refuse_other_questions(const Json& report, const std::filesystem::path& file) {
  for (const auto& [key, question] :
       {std::pair("deaths", "--deaths"), std::pair("latency", "--latency"), std::pair("idle_producers", "--growth"),
        std::pair("fairness", "--fairness"), std::pair("lines", "./dev bench archive or disk")}) {
    if (report.contains(key) && !report.contains("results")) {
      cli::die("--from " + file.string() + ": is of " + question +
                   ": --plot draws throughput and cost, and none of the others",
               cli::ExitCode::usage);
    }
  }
}

void plot_file(const std::filesystem::path& json, const std::filesystem::path& directory) {
  std::ifstream file(json);
  if (!file) cli::die("--from " + json.string() + ": " + std::strerror(errno), cli::ExitCode::usage);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const bool was_there = std::filesystem::exists(directory);
  try {
    refuse_other_questions(Json::parse(text), json);
    make_plot_directory(directory);
    plot(text, directory);
  } catch (const Json::exception& e) {
    std::error_code not_empty;
    if (!was_there) std::filesystem::remove(directory, not_empty);
    cli::die("--from " + json.string() + ": not what --json writes: " + e.what(), cli::ExitCode::usage);
  }
}

}  // namespace logbuf::bench
