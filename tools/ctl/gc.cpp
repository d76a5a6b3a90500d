#include <logbuf/error.hpp>
#include <logbuf/segment.hpp>

#include <memory>

#include "commands.hpp"
#include "output.hpp"

namespace logbuf::ctl {
namespace {

struct Options {
  bool force = false;
  bool dry_run = false;
};

bool is_needed(std::error_code why_not) {
  return why_not == Errc::ring_in_use || why_not == Errc::ring_not_empty || why_not == Errc::ring_quarantined;
}

cli::ExitCode gc(const Options& o) {
  const Removal removal = o.force ? Removal::if_unattached : Removal::if_empty;
  cli::Output out;
  auto code = cli::ExitCode::ok;
  for (const std::string& name : Segment::list()) {
    auto segment = Segment::open(name);
    if (!segment) {
      // Perhaps a ring of another release, and in use: not for gc to judge.
      if (segment.error() != Errc::no_such_ring) cli::complain(error_detail() + "; left alone");
      continue;
    }
    const auto gone = o.dry_run ? segment->may_remove(removal) : segment->remove(removal);
    if (gone) {
      out.put(name + '\n');
    } else if (gone.error() == Errc::damaged_ring || gone.error() == Errc::not_permitted) {
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
  auto o = std::make_shared<Options>();
  auto how = cli::option_group("How");
  how.add_options()("force,f", cli::po::bool_switch(&o->force), "also those that still hold records")(
      "dry-run,n", cli::po::bool_switch(&o->dry_run), "print the names of those that it would remove, and touch none");
  return {{.name = "logbuf-ctl gc",
           .purpose = "removes the rings that nobody is attached to and that are empty",
           .usage = {"[--force] [--dry-run]"},
           .groups = {how},
           .arguments = {},
           .examples = {{"logbuf-ctl gc --dry-run", "what would go"},
                        {"logbuf-ctl gc", "removes what is not needed, and prints the names"}},
           .notes = "What cannot be opened, or is another's, is left alone, and said on stderr; logbuf-ctl rm --force\n"
                    "removes it, where one may."},
          [o](const auto&) { return gc(*o); }};
}

}  // namespace logbuf::ctl
