// Reading what LTTng has left on disk, with LTTng's own tools: babeltrace2 and lttng-crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>

#include "processes.hpp"
#include "tally.hpp"

namespace logbuf::compare {

// How many events babeltrace2 says were discarded, of what it wrote to stderr.
std::uint64_t discarded_events(std::istream& warnings);

struct TraceContents {
  std::uint64_t discarded = 0;
  std::uint64_t unreadable = 0;  // traces of which babeltrace2 could not read all
};

class TraceReader {
 public:
  // `log` takes what babeltrace2 says of a trace that it cannot read.
  TraceReader(const Waiter& waiter, int log) : waiter_(waiter), log_(log) {}

  // All traces below the directory, each by itself: one that cannot be read does not take the others with it.
  // `scratch` is a file's name.
  TraceContents read(const std::filesystem::path& directory, const std::filesystem::path& scratch, Tally& tally) const;

  // Makes traces of the buffers (the --shm-path of a session) whose daemons have died, in the new directory
  // `recovered`. Traces below `session` that have no metadata get theirs: nothing of them could be read without. False:
  // lttng-crash failed.
  bool recover(const std::filesystem::path& buffers, const std::filesystem::path& recovered,
               const std::filesystem::path& session, const ChildOptions& options) const;

 private:
  const Waiter& waiter_;
  int log_;
};

}  // namespace logbuf::compare
