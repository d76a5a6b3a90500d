#include "status_json.hpp"

#include <cmath>

#include "describe.hpp"
#include "program.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const rings::Rates& rates) {
  return {{"records", rates.records}, {"bytes", rates.bytes}, {"refused", rates.refused}, {"aborted", rates.aborted}};
}

Json json_of(const std::optional<rings::Lag>& lag) {
  if (!lag) return nullptr;
  return {{"seconds", std::chrono::duration<double>(lag->time).count()}, {"perhaps_longer", lag->perhaps_longer}};
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
  json["rates"] = ring.rates ? json_of(*ring.rates) : Json(nullptr);
  if (ring.consumed_records) json["rates"]["consumed_records"] = *ring.consumed_records;
  if (!ring.look) json["producers"] = Json::array();
  for (Json& producer : json["producers"]) {
    const auto rates = ring.producers.find(producer["slot"].get<std::uint16_t>());
    producer["rates"] = rates == ring.producers.end() ? Json(nullptr) : json_of(rates->second);
  }
  json["consumer_lag"] = json_of(ring.consumer_lag);
  json["durable_lag"] = json_of(ring.durable_lag);
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
