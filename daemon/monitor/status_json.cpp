#include "status_json.hpp"

#include <cmath>

#include "describe.hpp"
#include "program.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

using Json = nlohmann::ordered_json;

double exact(double number) {
  return number;
}

const char* text_of(Board::State state) {
  switch (state) {
    case Board::State::awaited: return "awaited";
    case Board::State::draining: return "draining";
    case Board::State::ended: return "ended";
    case Board::State::failed: return "failed";
    case Board::State::refused: return "refused";
    case Board::State::left: break;
  }
  return "left";
}

Json archiver_json(const RingSample& ring) {
  const Counters& counters = *ring.archiver.counters;
  return {{"state", text_of(ring.archiver.state)},
          {"ailments", ring.ailments},
          {"records", counters.records.load()},
          {"bytes", counters.bytes.load()},
          {"files", ring.disk.files},
          {"file_bytes", ring.disk.bytes},
          {"sealed_files", counters.sealed_files.load()},
          {"removed_files", counters.removed_files.load()},
          {"upkeep_errors", counters.upkeep_errors.load()},
          {"write_errors", counters.write_errors.load()},
          {"sync_errors", counters.sync_errors.load()}};
}

// Short: there are many.
double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

Json history_json(const RingSample& ring, std::uint64_t since) {
  Json points = Json::array();
  if (ring.history == nullptr) return points;
  for (const Point& point : *ring.history) {
    if (point.sample <= since) continue;
    points.push_back({point.sample, rounded(point.fill), rounded(point.records), rounded(point.bytes),
                      rounded(point.consumed), rounded(point.refused), rounded(point.durable_lag_seconds)});
  }
  return points;
}

Json ring_json(const RingSample& ring, std::uint64_t since) {
  Json json = ring.look ? rings::describe_as_json(*ring.look) : Json{{"name", ring.name}};
  rings::add_rates(json, ring, exact);
  if (!ring.look) json["producers"] = Json::array();
  json["consumer_lag"] = rings::lag_as_json(ring.consumer_lag, exact);
  json["durable_lag"] = rings::lag_as_json(ring.durable_lag, exact);
  json["archiver"] = archiver_json(ring);
  json["history"] = history_json(ring, since);
  return json;
}

}  // namespace

std::string status_json(const Sample& sample, std::uint64_t since, std::int64_t start_ns) {
  Json json = {{"version", cli::version()},
               {"time", cli::time_text(sample.time_ns)},
               {"started", cli::time_text(start_ns)},
               {"sample", sample.number},
               {"history_samples", Sampler::kHistory},
               {"history_keys", {"sample", "fill", "records", "bytes", "consumed", "refused", "durable_lag_seconds"}},
               {"rings", Json::array()}};
  for (const RingSample& ring : sample.rings) json["rings"].push_back(ring_json(ring, since));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace logbuf::archiver
