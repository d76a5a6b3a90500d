#include <functional>
#include <memory>

#include "archive_progress.hpp"
#include "commands.hpp"
#include "dump_json.hpp"
#include "findings.hpp"
#include "output.hpp"
#include "text.hpp"

namespace logbuf::archive_tool {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> target;
  bool json = false;
};

const char* verdict(const archive::Verification& seen) {
  if (seen.is_sound()) return "sound";
  return seen.totals.damaged_bytes == 0 && seen.contradictions == 0 ? "lost" : "damaged";
}

Json figures(const archive::Verification& seen) {
  const archive::Totals& totals = seen.totals;
  Json json{{"files", totals.files},   {"sealed_files", seen.sealed_files}, {"chained_files", seen.chained_files},
            {"blocks", totals.blocks}, {"records", totals.records},         {"payload_bytes", totals.payload_bytes}};
  if (seen.first_seq) json.update(Json{{"first_seq", *seen.first_seq}, {"last_seq", seen.last_seq}});
  json.update(Json{{"gaps", totals.gaps},
                   {"lost", totals.lost},
                   {"refused", totals.refused},
                   {"holes", totals.holes},
                   {"damaged_bytes", totals.damaged_bytes},
                   {"torn_bytes", totals.torn_bytes},
                   {"contradictions", seen.contradictions},
                   {"verdict", verdict(seen)}});
  return json;
}

cli::ExitCode verify(const Options& o) {
  const std::string& target = o.target.front();
  cli::Output out;
  Json findings = Json::array();
  cat::ArchiveProgress progress(target);
  const auto found = [&](const archive::Finding& finding) {
    if (o.json) {
      findings.push_back(to_json(finding));
    } else {
      out.put(finding_line(finding) + '\n');
    }
  };
  const auto seen = archive::verify(target, found, std::ref(progress));
  if (!seen) cli::die(seen.error(), "archive " + target + " cannot be read");
  Json json{{"archive", target}};
  json.update(figures(*seen));
  if (o.json) {
    json["findings"] = std::move(findings);
    out.put(cli::dump_json(json) + '\n');
  } else {
    for (const auto& [name, value] : json.items()) {
      std::string field = name;
      for (char& c : field) c = c == '_' ? ' ' : c;
      out.put(field + ": " + (value.is_string() ? cli::escape(value.get<std::string>()) : value.dump()) + '\n');
    }
  }
  if (seen->is_sound()) return out.finish();
  out.flush();
  cli::complain(sentence(target, *seen));
  return out.finish(cli::ExitCode::lost);
}

}  // namespace

cli::Command verify_command() {
  auto o = std::make_shared<Options>();
  auto output = cli::option_group("Output");
  output.add_options()("json", cli::po::bool_switch(&o->json), "one JSON object");
  return {{.name = "logbuf-archive verify",
           .purpose = "reads all of an archive: is everything there, and right?",
           .usage = {"DIR|FILE [--json]"},
           .groups = {output},
           .arguments = {{"DIR|FILE", &o->target}},
           .examples = {{"logbuf-archive verify /var/log/logbuf/orders", "a line for each finding, then the figures"},
                        {"logbuf-archive verify --json /var/log/logbuf/orders | jq '.findings[]'",
                         "what is damaged: file, offset, bytes, seqs"}},
           .notes = "Exit code 3: something is damaged, or records are lost, those that producers were refused at\n"
                    "a full ring too. A torn tail (an unfinished write) is told, and is no damage."},
          [o](const auto&) { return verify(*o); }};
}

}  // namespace logbuf::archive_tool
