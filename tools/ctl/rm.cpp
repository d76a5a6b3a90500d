#include <logbuf/error.hpp>

#include <memory>

#include "commands.hpp"
#include "look.hpp"

namespace logbuf::ctl {
namespace {

struct Options {
  std::vector<std::string> name;
  bool force = false;
};

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& remedy) {
  cli::die("ring '" + name + "' is not removed: " + why + "; " + remedy);
}

// The library says that somebody is there, or that something is left; here it is named, as far as it is still so.
[[noreturn]] void explain(const std::string& name, const Segment& segment, std::error_code error, bool force) {
  const std::string detail = error_detail();
  const rings::Look look = rings::look_at(segment);
  if (error == Errc::ring_quarantined || error == Errc::damaged_ring) {
    refuse(name,
           "it is " + (look.sound || look.status.quarantined ? rings::state_of(look) : "damaged") +
               " (see logbuf-ctl inspect)",
           "--force removes it all the same");
  }
  if (error == Errc::ring_in_use && force) refuse(name, "somebody else is just removing it", "try again");
  if (error == Errc::ring_in_use) {
    const std::string who = rings::who_is_attached(look.status);
    refuse(name, "it is in use by " + (who.empty() ? "somebody who has just come or gone" : who),
           "stop them first, or give --force, which closes the ring");
  }
  if (error == Errc::ring_not_empty) {
    const std::string left = rings::what_is_left(look);
    refuse(name, "it still holds " + (left.empty() ? "records" : left),
           "archive them first, or give --force, which throws them away");
  }
  cli::die(error, "ring '" + name + "'");
}

cli::ExitCode rm(const Options& o) {
  const std::string& name = o.name.front();
  auto segment = Segment::open(name);
  if (segment) {
    const auto gone = segment->remove(o.force ? Removal::at_once : Removal::if_empty);
    if (!gone) explain(name, *segment, gone.error(), o.force);
    return cli::ExitCode::ok;
  }
  const std::string why = error_detail();
  const bool is_there = segment.error() != Errc::no_such_ring && segment.error() != Errc::invalid_name;
  if (!is_there) cli::die(segment.error(), "ring '" + name + "'");
  if (!o.force) refuse(name, why, "--force removes whatever has this name");
  if (const auto gone = Segment::unlink(name); !gone) cli::die(gone.error(), "ring '" + name + "'");
  return cli::ExitCode::ok;
}

}  // namespace

cli::Command rm_command() {
  auto o = std::make_shared<Options>();
  auto how = cli::option_group("How");
  how.add_options()("force,f", cli::po::bool_switch(&o->force),
                    "though somebody is attached, records are left, or it is damaged");
  return {{.name = "logbuf-ctl rm",
           .purpose = "removes a ring",
           .usage = {"NAME [--force]"},
           .groups = {how},
           .arguments = {{"NAME", &o->name}},
           .examples = {{"logbuf-ctl rm orders", "removes 'orders' if nobody needs it any more"},
                        {"logbuf-ctl rm orders --force", "closes it, and removes it with what it holds"}},
           .notes = "Its memory is free again once the last who is attached has gone."},
          [o](const auto&) { return rm(*o); }};
}

}  // namespace logbuf::ctl
