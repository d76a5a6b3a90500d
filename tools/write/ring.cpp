#include "ring.hpp"

#include <logbuf/error.hpp>

#include "size.hpp"

namespace logbuf::write {
namespace {

SegmentOptions segment_options(const Options& options) {
  SegmentOptions made;
  if (options.capacity) made.capacity = options.capacity->bytes;
  if (options.kind == "spsc") made.kind = Kind::spsc;
  made.timestamps = options.timestamps;
  return made;
}

std::string kind_word(Kind kind) {
  return kind == Kind::spsc ? "spsc" : "mpsc";
}

// Only what was asked for by name: --create alone takes any ring.
void check_as_asked(const RingInfo& ring, const Options& options) {
  const auto differs = [&](const std::string& is, const std::string& asked, const std::string& option) {
    cli::die("ring '" + ring.name + "' exists already, " + is + ", not " + asked + ": leave out " + option +
                 ", or remove the ring first (logbuf-ctl rm " + ring.name + ")",
             cli::ExitCode::usage);
  };
  if (options.capacity && options.capacity->bytes != ring.capacity) {
    differs("with a capacity of " + cli::format_size(ring.capacity), cli::format_size(options.capacity->bytes),
            "--capacity");
  }
  if (!options.kind.empty() && options.kind != kind_word(ring.kind))
    differs("of kind " + kind_word(ring.kind), options.kind, "--kind");
  if (options.timestamps && !ring.timestamps) differs("without timestamps", "with them", "--timestamps");
}

}  // namespace

Segment find_ring(const Options& options) {
  const std::string& name = options.ring.front();
  for (;;) {
    auto found = Segment::open(name);
    if (found) {
      if (options.create) check_as_asked(found->info(), options);
      return std::move(*found);
    }
    if (!options.create || found.error() != Errc::no_such_ring) cli::die(found.error(), "ring '" + name + "'");
    auto made = Segment::create(name, segment_options(options));
    if (made) return std::move(*made);
    // Somebody else has just made it: look again.
    if (made.error() != Errc::ring_exists) cli::die(made.error(), "ring '" + name + "'");
  }
}

}  // namespace logbuf::write
