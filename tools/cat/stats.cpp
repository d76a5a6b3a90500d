#include "stats.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "dump_json.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

using Json = nlohmann::ordered_json;

std::string with_one_decimal(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string row(const std::string& producer, const std::string& type, const Tally& tally) {
  const bool none = tally.records == 0;
  const auto rate = tally.records_per_s();
  char text[256];
  std::snprintf(text, sizeof text, "%5s %12llu %14llu %9s %11s %9s %12s  ", type.c_str(),
                static_cast<unsigned long long>(tally.records), static_cast<unsigned long long>(tally.bytes),
                none ? "-" : std::to_string(tally.least).c_str(), none ? "-" : with_one_decimal(tally.mean()).c_str(),
                none ? "-" : std::to_string(tally.most).c_str(), rate ? with_one_decimal(*rate).c_str() : "-");
  return text + producer + '\n';
}

Json to_json(const Tally& tally) {
  Json json{{"records", tally.records}, {"bytes", tally.bytes}};
  if (tally.records != 0) {
    json["min"] = tally.least;
    json["mean"] = tally.mean();
    json["max"] = tally.most;
  }
  const auto rate = tally.records_per_s();
  json["records_per_s"] = rate ? Json(*rate) : Json(nullptr);
  return json;
}

}  // namespace

void Tally::add(const Record& record) {
  ++records;
  bytes += record.bytes.size();
  least = std::min<std::uint64_t>(least, record.bytes.size());
  most = std::max<std::uint64_t>(most, record.bytes.size());
  if (const auto time_ns = record.any_time_ns()) {
    first_ns = std::min(first_ns.value_or(*time_ns), *time_ns);
    last_ns = std::max(last_ns.value_or(*time_ns), *time_ns);
  }
}

std::optional<double> Tally::records_per_s() const {
  if (!first_ns || *last_ns <= *first_ns) return std::nullopt;
  // In floating point: times from others may lie further apart than 64 bits count.
  return static_cast<double>(records) * 1e9 / (static_cast<double>(*last_ns) - static_cast<double>(*first_ns));
}

void StatsFormat::record(const Record& record) {
  tallies_[Key(record.slot, record.producer, record.type)].add(record);
  all_.add(record);
}

void StatsFormat::gap(const Gap& gap) {
  Format::gap(gap);
  if (gap.kind == Gap::Kind::missed) return;
  ++gaps_;
  lost_ += gap.records.value_or(0);
}

void StatsFormat::finish() {
  json_ ? print_json() : print_table();
}

void StatsFormat::print_table() {
  out().put(" type      records          bytes       min        mean       max    records/s  producer\n");
  for (const auto& [key, tally] : tallies_) {
    const auto& [slot, name, type] = key;
    std::string producer = std::to_string(slot);
    if (!name.empty()) producer += " (" + cli::escape(name) + ")";
    out().put(row(producer, std::to_string(type), tally));
  }
  out().put(row("all", "all", all_));
}

void StatsFormat::print_json() {
  Json json = to_json(all_);
  json["gaps"] = gaps_;
  json["lost"] = lost_;
  json["producers"] = Json::array();
  for (const auto& [key, tally] : tallies_) {
    const auto& [slot, name, type] = key;
    Json one{{"producer", slot}, {"name", name}, {"type", type}};
    one.update(to_json(tally));
    json["producers"].push_back(std::move(one));
  }
  out().put(cli::dump_json(json) + '\n');
}

}  // namespace logbuf::cat
