#include "findings.hpp"

#include <utility>

#include "text.hpp"

namespace logbuf::archive_tool {
namespace {

using archive::Finding;
using Json = nlohmann::ordered_json;

const char* word_for(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::damaged: return "damaged";
    case Finding::Kind::missing: return "missing";
    case Finding::Kind::told: return "told";
    case Finding::Kind::refused: return "refused";
    case Finding::Kind::hole: return "hole";
    case Finding::Kind::unknown: return "unknown";
    case Finding::Kind::contradiction: return "contradiction";
    case Finding::Kind::torn: return "torn";
  }
  std::unreachable();
}

// It stands somewhere in the ring: the others are about files alone.
bool has_positions(const Finding& finding) {
  return finding.kind != Finding::Kind::contradiction && finding.kind != Finding::Kind::torn;
}

}  // namespace

std::string finding_line(const Finding& finding) {
  std::string line = std::string(word_for(finding.kind)) + ": ";
  if (finding.lost != 0) {
    line += "lost " + (finding.lost ? cli::counted(*finding.lost, "record") : "an unknown number of records") + ", ";
    if (finding.seqs == 0) {
      line += "before seq " + std::to_string(finding.seq) + ", ";
    } else if (finding.seqs == 1) {
      line += "seq " + std::to_string(finding.seq) + ", ";
    } else {
      line += "seqs " + std::to_string(finding.seq) + " to " + std::to_string(finding.seq + finding.seqs - 1) + ", ";
    }
  }
  if (has_positions(finding)) {
    line += "positions " + std::to_string(finding.from) + " to " + std::to_string(finding.to) + ": ";
  }
  line += cli::escape(finding.why);
  for (const auto& place : finding.places) {
    if (finding.kind == Finding::Kind::contradiction) break;
    line += "; " + cli::counted(place.bytes, "byte") + " of " + cli::escape(place.file.filename().string()) +
            " from offset " + std::to_string(place.offset);
  }
  return line;
}

Json to_json(const Finding& finding) {
  Json json{{"kind", word_for(finding.kind)}, {"lost", nullptr}};
  if (finding.lost) json["lost"] = *finding.lost;
  if (has_positions(finding)) {
    json.update(Json{{"seq", finding.seq}, {"seqs", finding.seqs}, {"from", finding.from}, {"to", finding.to}});
  }
  json["why"] = finding.why;
  json["places"] = Json::array();
  for (const auto& place : finding.places) {
    json["places"].push_back(
        Json{{"file", place.file.filename().string()}, {"offset", place.offset}, {"bytes", place.bytes}});
  }
  return json;
}

std::string lost_sentence(const std::string& target, std::uint64_t lost, bool unknown_losses) {
  return cli::escape(target) + ": lost " + cli::counted(lost, "record") +
         (unknown_losses ? " and an unknown number more" : "");
}

std::string sentence(const std::string& target, const archive::Verification& seen) {
  std::string text = lost_sentence(target, seen.totals.lost, seen.unknown_losses);
  if (seen.totals.refused != 0) text += " (" + std::to_string(seen.totals.refused) + " of them refused at a full ring)";
  text += ", " + cli::counted(seen.totals.damaged_bytes, "byte") + " damaged";
  if (seen.contradictions != 0) text += ", " + cli::counted(seen.contradictions, "contradiction");
  return text;
}

}  // namespace logbuf::archive_tool
