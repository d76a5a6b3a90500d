#include <logbuf/error.hpp>
#include <logbuf/segment.hpp>

#include <memory>

#include "commands.hpp"
#include "output.hpp"

namespace logbuf::ctl {
namespace {

bool is_needed(std::error_code why_not) {
  return why_not == Errc::ring_in_use || why_not == Errc::ring_not_empty || why_not == Errc::ring_quarantined;
}

cli::ExitCode gc(bool force) {
  cli::Output out;
  auto code = cli::ExitCode::ok;
  for (const std::string& name : Segment::list()) {
    auto segment = Segment::open(name);
    if (!segment) {
      // Perhaps a ring of another release, and in use: not for gc to judge.
      if (segment.error() != Errc::no_such_ring) cli::complain(error_detail() + "; left alone");
      continue;
    }
    const auto gone = segment->remove(force ? Removal::if_unattached : Removal::if_empty);
    if (gone) {
      out.put(name + '\n');
    } else if (gone.error() == Errc::damaged_ring) {
      cli::complain(error_detail() + "; left alone");
    } else if (!is_needed(gone.error()) && gone.error() != Errc::no_such_ring) {
      cli::complain(error_detail());
      code = cli::ExitCode::failed;
    }
  }
  return out.finish(code);
}

}  // namespace

cli::Command gc_command() {
  auto force = std::make_shared<bool>(false);
  auto how = cli::option_group("How");
  how.add_options()("force,f", cli::po::bool_switch(force.get()), "also those that still hold records");
  return {{.name = "logbuf-ctl gc",
           .purpose = "removes the rings that nobody is attached to and that are empty",
           .usage = {"[--force]"},
           .groups = {how},
           .arguments = {},
           .examples = {{"logbuf-ctl gc", "removes what is not needed, and prints the names"},
                        {"logbuf-ctl gc --force", "removes all that nobody is attached to"}},
           .notes = "What cannot be opened is left alone, and said on stderr; logbuf-ctl rm --force removes it."},
          [force](const auto&) { return gc(*force); }};
}

}  // namespace logbuf::ctl
