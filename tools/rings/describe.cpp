#include "describe.hpp"

#include <array>
#include <cstdio>
#include <sstream>

#include "dump_json.hpp"
#include "kind.hpp"
#include "size.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::rings {
namespace {

using Json = nlohmann::ordered_json;

// RFC 3339, UTC, to the second: what people want of it.
std::string time_text(std::int64_t time_ns) {
  const std::string exact = cli::time_text(time_ns);
  return exact.substr(0, exact.find('.')) + 'Z';
}

std::string hex(std::uint64_t word) {
  std::array<char, 19> text{};
  std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(word));
  return text.data();
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part * 1000 / whole) / 10;
}

std::string size_text(std::uint64_t bytes) {
  const std::string round = cli::format_size(bytes);
  const std::string exact = std::to_string(bytes);
  return round == exact ? exact + " bytes" : round + " (" + exact + " bytes)";
}

class Lines {
 public:
  std::ostringstream& line(const std::string& key) {
    constexpr std::size_t width = 16;
    out_ << '\n' << key << ':' << std::string(width > key.size() ? width - key.size() : 1, ' ');
    return out_;
  }
  std::string text() const { return out_.str().substr(1) + '\n'; }

 private:
  std::ostringstream out_;
};

std::string state_text(const Look& look) {
  const std::string state = state_of(look);
  const RingStatus& status = look.status;
  if (status.quarantined) {
    return state + ": at position " + std::to_string(status.quarantine_position) + " stands " +
           hex(status.quarantine_header) + ", which is no record's header";
  }
  return look.sound ? state : state + ": its positions contradict each other";
}

std::string end_text(const EndStatus& end) {
  return "'" + cli::escape(end.name) + "', pid " + std::to_string(end.pid) + ", " + (end.alive ? "alive" : "dead") +
         ", since " + time_text(end.attached_ns);
}

// Who holds the consumer up, where its claim is known to be somebody's.
std::string blocked_text(const RingStatus& status) {
  const BlockedStatus& blocked = *status.blocked;
  std::string text = "at position " + std::to_string(blocked.position) + " by an unfinished claim of ";
  const ProducerStatus* const holder = holder_of(status);
  if (holder == nullptr) {
    text += "nobody that is known";
  } else {
    text += "slot " + std::to_string(holder->slot) + ", '" + cli::escape(holder->name) + "', pid " +
            std::to_string(holder->pid) + (holder->alive ? "" : ", dead: its consumer will skip it");
  }
  if (blocked.since_ns != 0) text += ", since " + time_text(blocked.since_ns);
  return text;
}

Json end_json(const EndStatus& end) {
  return {{"name", end.name},
          {"pid", end.pid},
          {"pid_start_ticks", end.pid_start},
          {"alive", end.alive},
          {"since", cli::time_text(end.attached_ns)},
          {"attached_at", end.attached_at}};
}

Json producer_json(const ProducerStatus& producer) {
  Json json = {{"slot", producer.slot}};
  json.update(end_json(producer));
  json.update(Json{{"records", producer.records},
                   {"bytes", producer.bytes},
                   {"refused", producer.refused},
                   {"aborted", producer.aborted}});
  return json;
}

Json rates_json(const Rates& rates, Figure* figure) {
  return {{"records", figure(rates.records)},
          {"bytes", figure(rates.bytes)},
          {"refused", figure(rates.refused)},
          {"aborted", figure(rates.aborted)}};
}

}  // namespace

std::string describe_as_text(const Look& look) {
  const RingInfo& info = look.info;
  const RingStatus& status = look.status;
  Lines lines;
  lines.line("ring") << info.name;
  lines.line("state") << state_text(look);
  lines.line("kind") << cli::kind_word(info.kind);
  lines.line("capacity") << size_text(info.capacity);
  lines.line("segment") << size_text(info.segment_size);
  lines.line("largest record") << size_text(info.max_payload);
  lines.line("timestamps") << (info.timestamps ? "yes" : "no");
  lines.line("layout version") << info.layout_version;
  lines.line("uuid") << cli::uuid_text(info.uuid);
  lines.line("created") << time_text(info.created_ns) << " by pid " << info.creator_pid;
  lines.line("fill") << size_text(look.fill_bytes) << ", " << percent(look.fill_bytes, info.capacity) << '%';
  lines.line("waiting") << cli::counted(look.records_waiting, "record") << ", " << size_text(look.unread_bytes);
  lines.line("positions") << "tail " << status.tail << ", consumed " << status.consumed << ", head " << status.head;
  lines.line("totals") << cli::counted(status.total_records, "record") << ", "
                       << cli::counted(status.total_bytes, "byte") << ", " << status.total_refused << " refused, "
                       << status.total_aborted << " aborted; " << status.records_consumed << " consumed";
  if (status.archive) {
    const auto before = [](std::uint64_t seq) { return seq == 0 ? std::string("-") : std::to_string(seq - 1); };
    lines.line("archived") << "up to seq " << before(status.archive->written_seq) << ", position "
                           << status.archive->written << "; durable up to seq " << before(status.archive->synced_seq)
                           << ", position " << status.archive->synced;
  }
  if (status.blocked) lines.line("blocked") << blocked_text(status);
  if (status.holes != 0) lines.line("holes") << cli::counted(status.holes, "claim") << " of dead producers skipped";
  lines.line("consumer") << (status.consumer ? end_text(*status.consumer) : "none") << "; " << status.consumers_attached
                         << " ever";
  lines.line("producers") << status.producers.size() << " of " << info.max_producers << " attached, "
                          << status.producers_attached << " ever";
  for (const ProducerStatus& producer : status.producers) {
    lines.line("  slot " + std::to_string(producer.slot))
        << end_text(producer) << "; " << cli::counted(producer.records, "record") << ", "
        << cli::counted(producer.bytes, "byte") << ", " << producer.refused << " refused, " << producer.aborted
        << " aborted";
  }
  return lines.text();
}

Json describe_as_json(const Look& look) {
  const RingInfo& info = look.info;
  const RingStatus& status = look.status;
  Json json;
  json["name"] = info.name;
  json["state"] = state_of(look);
  json["kind"] = cli::kind_word(info.kind);
  json["capacity_bytes"] = info.capacity;
  json["segment_bytes"] = info.segment_size;
  json["max_record_bytes"] = info.max_payload;
  json["max_producers"] = info.max_producers;
  json["timestamps"] = info.timestamps;
  json["layout_version"] = info.layout_version;
  json["uuid"] = cli::uuid_text(info.uuid);
  json["created"] = cli::time_text(info.created_ns);
  json["creator_pid"] = info.creator_pid;
  json["fill_bytes"] = look.fill_bytes;
  json["fill_percent"] = percent(look.fill_bytes, info.capacity);
  json["waiting_records"] = look.records_waiting;
  json["waiting_bytes"] = look.unread_bytes;
  json["tail"] = status.tail;
  json["consumed"] = status.consumed;
  json["head"] = status.head;
  json["closed"] = status.closed;
  json["quarantine"] = nullptr;
  if (status.quarantined) {
    json["quarantine"] = {{"position", status.quarantine_position}, {"header", hex(status.quarantine_header)}};
  }
  json["blocked"] = nullptr;
  if (status.blocked) {
    json["blocked"] = {{"position", status.blocked->position}, {"slot", nullptr}, {"since", nullptr}};
    if (status.blocked->slot) json["blocked"]["slot"] = *status.blocked->slot;
    if (status.blocked->since_ns != 0) json["blocked"]["since"] = cli::time_text(status.blocked->since_ns);
  }
  json["archive"] = nullptr;
  if (status.archive) {
    json["archive"] = {{"written_seq", status.archive->written_seq},
                       {"written_position", status.archive->written},
                       {"synced_seq", status.archive->synced_seq},
                       {"synced_position", status.archive->synced}};
  }
  json["holes"] = status.holes;
  json["totals"] = {{"records", status.total_records},
                    {"bytes", status.total_bytes},
                    {"refused", status.total_refused},
                    {"aborted", status.total_aborted},
                    {"consumed_records", status.records_consumed},
                    {"producers_attached", status.producers_attached},
                    {"consumers_attached", status.consumers_attached}};
  json["consumer"] = nullptr;
  if (status.consumer) json["consumer"] = end_json(*status.consumer);
  json["producers"] = Json::array();
  for (const ProducerStatus& producer : status.producers) json["producers"].push_back(producer_json(producer));
  return json;
}

void add_rates(Json& json, const Watched& ring, Figure* figure) {
  json["rates"] = nullptr;
  if (ring.rates) json["rates"] = rates_json(*ring.rates, figure);
  if (ring.consumed_records) json["rates"]["consumed_records"] = figure(*ring.consumed_records);
  for (Json& producer : json["producers"]) {
    const auto found = ring.producers.find(producer["slot"].get<std::uint16_t>());
    producer["rates"] = nullptr;
    if (found != ring.producers.end()) producer["rates"] = rates_json(found->second, figure);
  }
}

Json lag_as_json(const std::optional<Lag>& lag, Figure* figure) {
  if (!lag) return nullptr;
  return {{"seconds", figure(std::chrono::duration<double>(lag->time).count())},
          {"perhaps_longer", lag->perhaps_longer}};
}

std::string print_json(const Json& json) {
  return cli::dump_json(json, 2) + '\n';
}

}  // namespace logbuf::rings
