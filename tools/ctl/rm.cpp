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

void refuse_if_needed(const std::string& name, const Look& look) {
  if (state_of(look) == "quarantined" || state_of(look) == "damaged")
    refuse(name, "it is " + state_of(look) + " (see logbuf-ctl inspect)", "--force removes it all the same");
  if (const std::string who = who_is_attached(look.status); !who.empty())
    refuse(name, "it is in use by " + who, "stop them first, or give --force, which closes the ring");
  if (const std::string left = what_is_left(look); !left.empty())
    refuse(name, "it still holds " + left, "archive them first, or give --force, which throws them away");
}

cli::ExitCode rm(const Options& o) {
  const std::string& name = o.name.front();
  auto segment = Segment::open(name);
  if (!segment) {
    const std::string why = error_detail();
    const bool is_there = segment.error() != Errc::no_such_ring && segment.error() != Errc::invalid_name;
    if (!is_there) cli::die(segment.error(), "ring '" + name + "'");
    if (!o.force) refuse(name, why, "--force removes whatever has this name");
  } else if (!o.force) {
    refuse_if_needed(name, look_at(*segment));
  } else {
    // Who is attached would otherwise go on writing to a ring that nobody can find. One that may only be
    // looked at stays as it is; whether its name may be taken away is for the system to say.
    static_cast<void>(segment->close());
  }
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
