// Reading what LTTng has left on disk, with LTTng's own tools: babeltrace2 and lttng-crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../child.hpp"
#include "../waiter.hpp"

namespace logbuf::bench {

// How many events babeltrace2 says were discarded, of what it wrote to stderr.
std::uint64_t discarded_events(std::istream& warnings);

// "  2000000 Event messages", as babeltrace2's counter says again and again; nothing: another line.
std::optional<std::uint64_t> counted_events(std::string_view line);

struct TraceContents {
  std::uint64_t discarded = 0;
  std::uint64_t unreadable = 0;  // traces of which babeltrace2 could not read all
  std::uint64_t events = 0;      // of count() alone
};

class TraceReader {
 public:
  // `log` takes what babeltrace2 says of a trace that it cannot read.
  TraceReader(const Waiter& waiter, int log) : waiter_(waiter), log_(log) {}

  // All traces below the directory, each by itself: one that cannot be read does not take the others with it.
  // `event` gets each event as babeltrace2 writes it, in a line. `scratch` is a file's name.
  TraceContents read(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                     const std::function<void(std::string_view)>& event) const;
  // The same, but the events are only counted, which is faster. What was discarded is not said, and not counted.
  TraceContents count(const std::filesystem::path& directory, const std::filesystem::path& scratch) const;

  // Makes traces of the buffers (the --shm-path of a session) whose daemons have died, in the new directory
  // `recovered`. Traces below `session` that have no metadata get theirs: nothing of them could be read without. False:
  // lttng-crash failed.
  bool recover(const std::filesystem::path& buffers, const std::filesystem::path& recovered,
               const std::filesystem::path& session, const ChildOptions& options) const;

 private:
  void run(const std::vector<std::string>& command, const std::filesystem::path& scratch,
           const std::function<void(std::string_view)>& line, TraceContents& contents) const;

  const Waiter& waiter_;
  int log_;
};

// "lttng (LTTng Trace Control) 2.13.9 - ...": the number, as the program itself says it.
std::string version_of(const std::string& program, const Waiter& waiter);

}  // namespace logbuf::bench
