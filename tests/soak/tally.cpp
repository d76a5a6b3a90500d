#include "tally.hpp"

#include <cstdio>

#include "duration.hpp"
#include "size.hpp"

namespace logbuf::soak {
namespace {

std::string row(const std::string& what, std::uint64_t number, const std::string& more = {}) {
  char text[160];
  std::snprintf(text, sizeof text, "%-24s %12llu%s%s\n", what.c_str(), static_cast<unsigned long long>(number),
                more.empty() ? "" : "  ", more.c_str());
  return text;
}

}  // namespace

std::string as_line(const Tally& tally) {
  return std::to_string(tally.epochs) + " epochs, " + std::to_string(tally.kills()) + " kills, " +
         std::to_string(tally.started[0]) + " producers, " + std::to_string(tally.records) + " records, " +
         cli::format_size(tally.bytes) + " checked";
}

std::string as_table(const Tally& tally, std::chrono::nanoseconds time) {
  const auto of = [](const auto& counts, Role role) { return counts[static_cast<std::size_t>(role)]; };
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string text = row("epochs", tally.epochs, cli::format_duration(time));
  text += row("kills", tally.kills());
  text += row("  of producers", of(tally.killed, Role::producer), number(tally.killed_themselves) + " by themselves");
  text += row("  of archivers", of(tally.killed, Role::archiver));
  text += row("  of readers", of(tally.killed, Role::reader));
  text += row("stops", of(tally.stopped, Role::producer) + of(tally.stopped, Role::archiver),
              number(of(tally.stopped, Role::archiver)) + " of archivers");
  text += row("producers", of(tally.started, Role::producer), number(tally.authors) + " slots taken");
  text += row("archivers", of(tally.started, Role::archiver),
              number(tally.second_archivers_refused) + " refused beside another");
  text += row("readers", of(tally.started, Role::reader));
  text += row("records", tally.records, cli::format_size(tally.bytes));
  text += row("refused records", tally.refused, number(tally.refused_misnamed) + " told under another's name");
  text += row("aborted claims", tally.aborted);
  text += row("commits cut off", tally.in_flight, number(tally.in_flight_committed) + " of them had been made");
  text += row("holes", tally.holes);
  text += row("forked ends refused", tally.forked_ends_refused);
  text += row("records without a name", tally.unnamed, number(tally.misnamed) + " under another's");
  return text;
}

}  // namespace logbuf::soak
