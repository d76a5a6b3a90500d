#include "ring.hpp"

#include <logbuf/error.hpp>

#include <utility>

#include "kind.hpp"
#include "size.hpp"

namespace logbuf::write {
namespace {

namespace po = cli::po;

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

SegmentOptions segment_options(const RingWish& wish) {
  SegmentOptions made;
  if (wish.capacity) made.capacity = wish.capacity->bytes;
  if (!wish.kind.empty()) made.kind = cli::kind_of_word(wish.kind);
  made.timestamps = wish.timestamps;
  return made;
}

// Only what was asked for by name: --create alone takes any ring.
void check_as_asked(const RingInfo& ring, const RingWish& wish) {
  const auto differs = [&](const std::string& is, const std::string& asked, const std::string& option) {
    cli::die("ring '" + ring.name + "' exists already, " + is + ", not " + asked + ": leave out " + option +
                 ", or remove the ring first (logbuf-ctl rm " + ring.name + ")",
             cli::ExitCode::usage);
  };
  if (wish.capacity && wish.capacity->bytes != ring.capacity) {
    differs("with a capacity of " + cli::format_size(ring.capacity), cli::format_size(wish.capacity->bytes),
            "--capacity");
  }
  if (!wish.kind.empty() && wish.kind != cli::kind_word(ring.kind))
    differs("of kind " + cli::kind_word(ring.kind), wish.kind, "--kind");
  if (wish.timestamps && !ring.timestamps) differs("without timestamps", "with them", "--timestamps");
}

}  // namespace

po::options_description RingWish::group() {
  auto group = cli::option_group("The ring");
  group.add_options()("create", po::bool_switch(&create), "make the ring if there is none")(
      "capacity", po::value(&capacity)->value_name("SIZE"), "of the ring that --create makes (64M if not given)")(
      "kind", po::value(&kind)->value_name("mpsc|spsc"), "of the ring that --create makes")(
      "timestamps", po::bool_switch(&timestamps), "--create: records carry the time of their writing");
  return group;
}

void RingWish::check() const {
  if (!create) {
    for (const auto& [option, is_given] : {std::pair{"--capacity", capacity.has_value()},
                                           std::pair{"--kind", !kind.empty()}, std::pair{"--timestamps", timestamps}}) {
      if (is_given) wrong(std::string(option) + " says how to make a ring: give --create as well");
    }
  }
  if (!kind.empty()) (void)cli::kind_of_word(kind);
}

Segment find_ring(const std::string& name, const RingWish& wish) {
  for (;;) {
    auto found = Segment::open(name);
    if (found) {
      if (wish.create) check_as_asked(found->info(), wish);
      return std::move(*found);
    }
    if (!wish.create || found.error() != Errc::no_such_ring) cli::die(found.error(), "ring '" + name + "'");
    auto made = Segment::create(name, segment_options(wish));
    if (made) return std::move(*made);
    // Somebody else has just made it: look again.
    if (made.error() != Errc::ring_exists) cli::die(made.error(), "ring '" + name + "'");
  }
}

}  // namespace logbuf::write
