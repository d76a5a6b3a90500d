#include <algorithm>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "describe.hpp"
#include "kind.hpp"
#include "output.hpp"
#include "size.hpp"
#include "text.hpp"

namespace logbuf::ctl {
namespace {

using rings::Look;
using rings::Seen;

std::vector<Seen> see_all() {
  std::vector<Seen> rings;
  for (const std::string& name : Segment::list()) {
    if (auto seen = rings::see(name)) rings.push_back(std::move(*seen));
  }
  return rings;
}

using Row = std::vector<std::string>;

std::string producers_cell(const RingStatus& status) {
  const auto living = std::ranges::count_if(status.producers, [](const auto& p) { return p.alive; });
  const auto dead = std::ssize(status.producers) - living;
  return std::to_string(living) + (dead == 0 ? "" : " +" + std::to_string(dead) + " dead");
}

std::string consumer_cell(const RingStatus& status) {
  if (!status.consumer) return "-";
  const EndStatus& consumer = *status.consumer;
  return cli::escape(consumer.name) + ':' + std::to_string(consumer.pid) + (consumer.alive ? "" : " dead");
}

Row row_of(const Look& look) {
  const std::uint64_t fill_percent = look.fill_bytes * 100 / look.info.capacity;
  return {look.info.name,
          cli::kind_word(look.info.kind),
          cli::format_size(look.info.capacity),
          std::to_string(fill_percent) + '%',
          std::to_string(look.records_waiting),
          producers_cell(look.status),
          consumer_cell(look.status),
          rings::state_of(look)};
}

std::string table(const std::vector<Seen>& seen) {
  std::vector<Row> rows = {{"NAME", "KIND", "CAPACITY", "FILL", "WAITING", "PRODUCERS", "CONSUMER", "STATE"}};
  for (const Seen& ring : seen) {
    rows.push_back(ring.look ? row_of(*ring.look) : Row{ring.name, "cannot be opened: " + ring.detail});
  }
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    const std::size_t aligned = row.size() == widths.size() ? row.size() : 1;
    for (std::size_t i = 0; i < aligned; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) text += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    text += row.back() + '\n';
  }
  return text;
}

nlohmann::ordered_json array(const std::vector<Seen>& seen) {
  auto json = nlohmann::ordered_json::array();
  for (const Seen& ring : seen) {
    json.push_back(ring.look ? rings::describe_as_json(*ring.look)
                             : nlohmann::ordered_json{{"name", ring.name}, {"error", ring.detail}});
  }
  return json;
}

cli::ExitCode ls(bool as_json) {
  const auto seen = see_all();
  cli::Output out;
  if (as_json) {
    out.put(rings::print_json(array(seen)));
  } else if (!seen.empty()) {
    out.put(table(seen));
  }
  return out.finish();
}

}  // namespace

cli::Command ls_command() {
  auto as_json = std::make_shared<bool>(false);
  auto output = cli::option_group("Output");
  output.add_options()("json", cli::po::bool_switch(as_json.get()),
                       "a JSON array; each ring as inspect shows it, or its name and the error");
  return {{.name = "logbuf-ctl ls",
           .purpose = "lists the rings of this machine",
           .usage = {"[--json]"},
           .groups = {output},
           .arguments = {},
           .examples = {{"logbuf-ctl ls", "a line for each ring, also for those that cannot be opened"},
                        {"logbuf-ctl ls --json | jq -r '.[] | select(.consumer == null) | .name'",
                         "rings that nobody reads"}},
           .notes = "WAITING: records that the consumer has not taken. PRODUCERS: those attached."},
          [as_json](const auto&) { return ls(*as_json); }};
}

}  // namespace logbuf::ctl
