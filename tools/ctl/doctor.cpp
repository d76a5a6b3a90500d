#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "describe.hpp"
#include "machine.hpp"
#include "output.hpp"
#include "ring_health.hpp"

namespace logbuf::ctl {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(Grade grade) {
  switch (grade) {
    case Grade::ok: return "ok";
    case Grade::warning: return "warning";
    case Grade::problem: break;
  }
  return "problem";
}

Grade worst_of(const Findings& findings) {
  Grade worst = Grade::ok;
  for (const Finding& finding : findings) worst = std::max(worst, finding.grade);
  return worst;
}

std::string as_text(const Findings& findings) {
  constexpr std::size_t width = 9;
  std::string text;
  for (const Finding& finding : findings) {
    std::string grade = name_of(finding.grade);
    grade.resize(width, ' ');
    text += grade + finding.found + '\n';
    if (!finding.remedy.empty()) text += std::string(width, ' ') + "to do: " + finding.remedy + '\n';
  }
  return text;
}

Json as_json(const Findings& findings) {
  Json json{{"verdict", name_of(worst_of(findings))}, {"checks", Json::array()}};
  for (const Finding& finding : findings) {
    Json each{
        {"check", finding.check}, {"grade", name_of(finding.grade)}, {"found", finding.found}, {"to_do", nullptr}};
    if (!finding.remedy.empty()) each["to_do"] = finding.remedy;
    if (!finding.ring.empty()) each["ring"] = finding.ring;
    json["checks"].push_back(std::move(each));
  }
  return json;
}

cli::ExitCode doctor(bool json) {
  const std::vector<std::string> names = Segment::list();
  const Machine machine = this_machine(names);
  Findings findings = check_machine(machine);
  const Findings of_rings = check_rings(look_at_rings(names), machine.now_ns);
  findings.insert(findings.end(), of_rings.begin(), of_rings.end());
  cli::Output out;
  out.put(json ? rings::print_json(as_json(findings)) : as_text(findings));
  return out.finish(worst_of(findings) == Grade::problem ? cli::ExitCode::failed : cli::ExitCode::ok);
}

}  // namespace

cli::Command doctor_command() {
  auto json = std::make_shared<bool>(false);
  auto output = cli::option_group("Output");
  output.add_options()("json", cli::po::bool_switch(json.get()), "one JSON object");
  return {{.name = "logbuf-ctl doctor",
           .purpose = "looks whether this machine and its rings are well, and says what to do",
           .usage = {"[--json]"},
           .groups = {output},
           .arguments = {},
           .examples = {{"logbuf-ctl doctor", "a line for each thing: ok, warning or problem"},
                        {"logbuf-ctl doctor --json | jq -r '.checks[] | select(.grade != \"ok\") | .found'",
                         "only what is not as it should be"}},
           .notes = "It only looks. Limits are those of who asks: ask as the user, and where, the programs run.\n"
                    "Exit codes: 0 ok or warnings; 1 a problem, or it could not be said; 2 wrong usage."},
          [json](const auto&) { return doctor(*json); }};
}

}  // namespace logbuf::ctl
