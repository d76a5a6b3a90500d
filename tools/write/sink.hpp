// Where the records go: into the ring, or, if they cannot, into the account of what was left out.
#pragma once

#include <logbuf/segment.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "options.hpp"
#include "stop.hpp"

namespace logbuf::write {

// Which record of which input, for sentences: "'a.log', line 17".
struct Place {
  const std::string& input;
  const char* unit;  // "line", "record"
  std::uint64_t number;
};

std::string describe(const Place& place);

// One thread.
class Sink {
 public:
  // A producer of the ring, of whichever kind it is. Ends the program where it cannot be attached.
  static std::unique_ptr<Sink> attach(const Segment& ring, const Options& options, StopSignals& stop);
  virtual ~Sink() = default;

  // Writes one record. An empty one is counted, one that is too large is complained of. With --on-full wait
  // waits for space. False: nothing more can be written, which has been said.
  bool put(std::span<const std::byte> bytes, const Place& place);
  // A record of `length` bytes, too large for this ring.
  void refuse(std::uint64_t length, const Place& place);
  // The input ends within a record. `how_much` says it: "3 of 10 bytes".
  void refuse_truncated(const std::string& how_much, const Place& place);
  // An input could not be read to its end, which has been said.
  void note_unreadable() noexcept { incomplete_ = true; }

  std::size_t max_payload() const noexcept { return ring_.info().max_payload; }
  // Says what was left out, and what was written if that was wanted; gives the program's exit code.
  cli::ExitCode finish() const;

 protected:
  enum class Sent { yes, dropped, no_more };
  Sink(const Segment& ring, const Options& options, StopSignals& stop) : ring_(ring), options_(options), stop_(stop) {}

  void complain_of_closed_ring();
  void complain_of_stop(const Place& place);

  const Segment& ring_;
  const Options& options_;
  StopSignals& stop_;

 private:
  virtual Sent send(std::span<const std::byte> bytes, const Place& place) = 0;
  std::string ring_label() const { return "ring '" + ring_.info().name + "'"; }

  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t empty_ = 0;
  std::uint64_t too_large_ = 0;
  std::uint64_t dropped_ = 0;
  bool incomplete_ = false;     // something of the input could not be written
  bool stopped_short_ = false;  // a signal came while a record waited for space
};

}  // namespace logbuf::write
