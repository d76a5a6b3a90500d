#include "report.hpp"

#include <cmath>
#include <numeric>

#include "describe.hpp"
#include "dump_json.hpp"
#include "tables.hpp"
#include "time_text.hpp"

namespace logbuf::stat {
namespace {

using Json = nlohmann::ordered_json;

// To thousandths: what is beyond them was not measured.
double rounded(double number) {
  return std::round(number * 1000) / 1000;
}

Json ring_json(const rings::Watched& ring) {
  if (!ring.look) return {{"name", ring.name}, {"error", ring.detail.empty() ? ring.why_not.message() : ring.detail}};
  Json json = rings::describe_as_json(*ring.look);
  rings::add_rates(json, ring, rounded);
  json["lag"] = {{"records", ring.look->records_waiting},
                 {"bytes", ring.look->unread_bytes},
                 {"consumed", rings::lag_as_json(ring.consumer_lag, rounded)},
                 {"durable", rings::lag_as_json(ring.durable_lag, rounded)}};
  return json;
}

std::string without_trailing_blanks(const std::string& text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

std::string table_text(const Model& model, Charset charset) {
  const auto& columns = ring_columns();
  std::vector<Cells> rows;
  for (const Ring& ring : model.rings()) {
    if (ring.gone_looks == 0) rows.push_back(cells_of(ring, charset));
  }
  // Nothing is left out or cut, but the bar: who reads this has no edge of a screen.
  auto widths = wanted_widths(columns, rows);
  widths[bar_column()] = 0;
  const std::size_t total = std::accumulate(widths.begin(), widths.end(), columns.size());
  std::string text = without_trailing_blanks(text_of(heading_line(columns, widths, total, charset))) + '\n';
  for (const Cells& cells : rows)
    text += without_trailing_blanks(text_of(table_line(columns, widths, cells, total, charset))) + '\n';
  return text;
}

std::string json_line(const Model& model) {
  Json json = {{"time", cli::time_text(model.time_ns())}, {"rings", Json::array()}};
  for (const Ring& ring : model.rings()) {
    if (ring.gone_looks == 0) json["rings"].push_back(ring_json(ring.now));
  }
  return cli::dump_json(json) + '\n';
}

}  // namespace logbuf::stat
