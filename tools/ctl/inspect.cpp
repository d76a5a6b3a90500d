#include <memory>

#include "commands.hpp"
#include "describe.hpp"
#include "output.hpp"

namespace logbuf::ctl {
namespace {

struct Options {
  std::vector<std::string> name;
  bool json = false;
};

cli::ExitCode inspect(const Options& o) {
  const auto segment = Segment::open(o.name.front());
  if (!segment) cli::die(segment.error(), "ring '" + o.name.front() + "'");
  const rings::Look look = rings::look_at(*segment);
  cli::Output out;
  out.put(o.json ? rings::print_json(rings::describe_as_json(look)) : rings::describe_as_text(look));
  return out.finish();
}

}  // namespace

cli::Command inspect_command() {
  auto o = std::make_shared<Options>();
  auto output = cli::option_group("Output");
  output.add_options()("json", cli::po::bool_switch(&o->json), "one JSON object");
  return {{.name = "logbuf-ctl inspect",
           .purpose = "says everything about a ring",
           .usage = {"NAME [--json]"},
           .groups = {output},
           .arguments = {{"NAME", &o->name}},
           .examples = {{"logbuf-ctl inspect orders", "sizes, positions, who is attached, what was refused"},
                        {"logbuf-ctl inspect orders --json | jq .fill_percent", "one figure of it"}},
           .notes = "It only looks: neither end of the ring notices."},
          [o](const auto&) { return inspect(*o); }};
}

}  // namespace logbuf::ctl
