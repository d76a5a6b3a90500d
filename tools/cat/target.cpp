#include "target.hpp"

#include <filesystem>
#include <system_error>

#include <logbuf/error.hpp>
#include <logbuf/segment.hpp>

#include "failure.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

Target archive_at(const std::string& path) {
  return {.kind = Target::Kind::archive, .name = path, .has_times = true};
}

}  // namespace

Target find_target(const std::string& text) {
  std::error_code error;
  const bool exists = std::filesystem::exists(text, error);
  const bool is_path = text.find('/') != std::string::npos;
  const bool is_ring_name = valid_ring_name(text);
  if (exists && (is_path || !is_ring_name)) return archive_at(text);
  if (!is_path && is_ring_name) {
    const auto segment = Segment::open(text);
    if (segment) return {.kind = Target::Kind::ring, .name = text, .has_times = segment->info().timestamps};
    if (segment.error() != Errc::no_such_ring) cli::die(segment.error(), "ring " + text + " cannot be opened");
    if (exists) return archive_at(text);
  }
  const std::string shown = "'" + cli::escape(text) + "'";
  if (is_path) {
    cli::die(shown + " does not exist: name an archive directory or a segment file (a ring's name has no '/')",
             cli::ExitCode::usage);
  }
  cli::die("there is neither a ring nor an archive directory or segment file " + shown +
               ": name a ring that 'logbuf-ctl ls' lists, or the path of an archive",
           cli::ExitCode::usage);
}

}  // namespace logbuf::cat
