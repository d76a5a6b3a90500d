#include <logbuf/error.hpp>

#include <memory>

#include "commands.hpp"
#include "look.hpp"
#include "output.hpp"

namespace logbuf::ctl {
namespace {

// Sound, nobody attached, and nothing left in it, unless `force` says that this does not matter.
bool may_go(const Look& look, bool force) {
  return look.sound && who_is_attached(look.status).empty() && (force || what_is_left(look).empty());
}

cli::ExitCode gc(bool force) {
  cli::Output out;
  auto code = cli::ExitCode::ok;
  for (const std::string& name : Segment::list()) {
    const auto segment = Segment::open(name);
    if (!segment) {
      // Perhaps a ring of another release, and in use: not for gc to judge.
      if (segment.error() != Errc::no_such_ring) cli::complain(error_detail() + "; left alone");
      continue;
    }
    if (!may_go(look_at(*segment), force)) continue;
    if (Segment::unlink(name)) {
      out.put(name + '\n');
    } else {
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
