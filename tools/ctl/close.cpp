#include <logbuf/segment.hpp>

#include <memory>

#include "commands.hpp"

namespace logbuf::ctl {
namespace {

cli::ExitCode close_ring(const std::string& name) {
  auto segment = Segment::open(name);
  if (!segment) cli::die(segment.error(), "ring '" + name + "'");
  if (const auto closed = segment->close(); !closed) cli::die(closed.error(), "ring '" + name + "'");
  return cli::ExitCode::ok;
}

}  // namespace

cli::Command close_command() {
  auto name = std::make_shared<std::vector<std::string>>();
  return {{.name = "logbuf-ctl close",
           .purpose = "tells producers and consumer that a ring has come to its end",
           .usage = {"NAME"},
           .groups = {},
           .arguments = {{"NAME", name.get()}},
           .examples = {{"logbuf-ctl close orders", "producers are refused from now on (disconnected)"},
                        {"logbuf-ctl close orders && logbuf-archiver --ring orders --dir logs --once",
                         "nothing more comes in; what is there goes to disk"}},
           .notes = "What is in the ring can still be read. A closed ring is not opened again: remove it and\n"
                    "make it anew."},
          [name](const auto&) { return close_ring(name->front()); }};
}

}  // namespace logbuf::ctl
