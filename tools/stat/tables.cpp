#include "tables.hpp"

#include <optional>

namespace logbuf::stat {
namespace {

constexpr std::size_t kBarColumn = 1;
constexpr std::size_t kLeastBar = 6;
constexpr std::size_t kMostBar = 20;
constexpr std::uint64_t kNearlyFull_percent = 90;

// Nothing of the kind, or nothing yet.
const char* const kNone = "-";

Style style_of(Grade grade) {
  switch (grade) {
    case Grade::fine: return Style::good;
    case Grade::note: return Style::normal;
    case Grade::bad: return Style::bad;
  }
  return Style::normal;
}

template <typename T, typename Text>
std::string text_or_none(const std::optional<T>& value, Text text) {
  return value ? text(*value) : kNone;
}

// The last seq that has come so far, as logbuf-ctl inspect has it.
std::string last_seq(std::uint64_t next) {
  return next == 0 ? kNone : std::to_string(next - 1);
}

Span lost_cell(std::uint64_t refused, const std::optional<rings::Rates>& rates) {
  const bool now = rates && rates->refused > 0;
  return {count_text(refused) + (now ? "!" : ""), refused == 0 ? Style::normal : Style::bad};
}

}  // namespace

std::size_t bar_column() {
  return kBarColumn;
}

const std::vector<Column>& ring_columns() {
  static const std::vector<Column> all = {
      {.title = "RING", .least = 10, .most = 60, .priority = 0},
      {.title = "", .least = kLeastBar, .most = kMostBar, .priority = 7},
      {.title = "FILL", .align = Align::right, .least = 4, .priority = 1},
      {.title = "REC/s", .align = Align::right, .least = 6, .priority = 4},
      {.title = "BYTES/s", .align = Align::right, .least = 7, .priority = 6},
      {.title = "LAG", .align = Align::right, .least = 6, .priority = 5},
      {.title = "BEHIND", .align = Align::right, .least = 7, .priority = 8},
      {.title = "ARCHIVED", .align = Align::right, .least = 9, .priority = 9},
      {.title = "SYNCED", .align = Align::right, .least = 9, .priority = 10},
      {.title = "LOST", .align = Align::right, .least = 7, .priority = 3},
      {.title = "STATE", .least = 15, .priority = 2},
  };
  return all;
}

Span bar_of(const Ring& ring, std::size_t width, Charset charset) {
  if (ring.gone_looks != 0 || !ring.now.look) return {"", Style::dim};
  const rings::Look& look = *ring.now.look;
  const bool nearly_full = look.fill_bytes * 100 / look.info.capacity >= kNearlyFull_percent;
  return {bar(static_cast<double>(look.fill_bytes) / static_cast<double>(look.info.capacity), width, charset),
          nearly_full ? Style::full_bar : Style::bar};
}

Cells cells_of(const Ring& ring, Charset charset) {
  const State state = state_of(ring, charset);
  Cells cells(ring_columns().size(), Span{kNone, Style::dim});
  cells.front() = {shown(ring.now.name, charset), Style::normal};
  cells.back() = {mark_of(state.grade) + state.text, style_of(state.grade)};
  if (ring.gone_looks != 0 || !ring.now.look) return cells;

  const rings::Look& look = *ring.now.look;
  const RingStatus& status = look.status;
  const auto& rates = ring.now.rates;
  std::size_t i = kBarColumn;
  cells[i++] = {std::string(kMostBar, ' '), Style::bar};  // as wide as it may be
  cells[i++] = {percent_text(look.fill_bytes, look.info.capacity), Style::normal};
  cells[i++] = {text_or_none(rates, [](const rings::Rates& r) { return rate_text(r.records); }), Style::normal};
  cells[i++] = {text_or_none(rates, [](const rings::Rates& r) { return bytes_rate_text(r.bytes); }), Style::normal};
  cells[i++] = {count_text(look.records_waiting), Style::normal};
  cells[i++] = {text_or_none(ring.now.consumer_lag, lag_text), Style::normal};
  cells[i++] = {status.archive ? last_seq(status.archive->written_seq) : kNone, Style::normal};
  cells[i++] = {status.archive ? last_seq(status.archive->synced_seq) : kNone, Style::normal};
  cells[i++] = lost_cell(status.total_refused, rates);
  return cells;
}

const std::vector<Column>& producer_columns() {
  static const std::vector<Column> all = {
      {.title = "SLOT", .align = Align::right, .least = 4, .priority = 0},
      {.title = "PRODUCER", .least = 10, .most = 60, .priority = 1},
      {.title = "PID", .align = Align::right, .least = 7, .priority = 4},
      {.title = "STATE", .least = 5, .priority = 2},
      {.title = "REC/s", .align = Align::right, .least = 6, .priority = 5},
      {.title = "BYTES/s", .align = Align::right, .least = 7, .priority = 7},
      {.title = "RECORDS", .align = Align::right, .least = 9, .priority = 6},
      {.title = "REFUSED", .align = Align::right, .least = 8, .priority = 3},
  };
  return all;
}

Cells cells_of(const Ring& ring, const ProducerStatus& producer, Charset charset) {
  std::optional<rings::Rates> rates;
  if (const auto found = ring.now.producers.find(producer.slot); found != ring.now.producers.end()) {
    rates = found->second;
  }
  return {{std::to_string(producer.slot), Style::normal},
          {shown(producer.name, charset), Style::normal},
          {std::to_string(producer.pid), Style::normal},
          {producer.alive ? "alive" : "dead", producer.alive ? Style::good : Style::bad},
          {text_or_none(rates, [](const rings::Rates& r) { return rate_text(r.records); }), Style::normal},
          {text_or_none(rates, [](const rings::Rates& r) { return bytes_rate_text(r.bytes); }), Style::normal},
          {count_text(producer.records), Style::normal},
          lost_cell(producer.refused, rates)};
}

}  // namespace logbuf::stat
