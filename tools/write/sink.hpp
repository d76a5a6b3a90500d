// Where the records go: into the ring, or, if they cannot, into the account of what was left out.
#pragma once

#include <logbuf/segment.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "program.hpp"
#include "stop.hpp"

namespace logbuf::write {

enum class OnFull { wait, drop };

// The flags that say as whom to write, and what to do at a full ring.
struct SinkOptions {
  std::string producer_name;
  std::string on_full_text;
  OnFull on_full = OnFull::wait;  // once check() has found the text sound
  std::uint16_t type = 0;         // of records that are put without one

  // The options, bound to this.
  void add_to(cli::po::options_description& group);
  // Ends the program (exit code 2) where they are wrong.
  void check();
};

// Which record of which input, for sentences: "'a.log', line 17".
struct Place {
  const std::string& input;
  const char* unit;  // "line", "record", "seq"
  std::uint64_t number;
};

std::string describe(const Place& place);

// One thread.
class Sink {
 public:
  // A producer of the ring, of whichever kind it is. Ends the program where it cannot be attached.
  static std::unique_ptr<Sink> attach(const Segment& ring, const SinkOptions& options, StopSignals& stop);
  virtual ~Sink() = default;

  // Writes one record. An empty one is counted, one that is too large is complained of. With --on-full wait
  // waits for space. False: nothing more can be written, which has been said.
  bool put(std::span<const std::byte> bytes, std::uint16_t type, const Place& place);
  bool put(std::span<const std::byte> bytes, const Place& place) { return put(bytes, options_.type, place); }
  // A record of `length` bytes, too large for this ring.
  void refuse(std::uint64_t length, const Place& place);
  // The input ends within a record. `how_much` says it: "3 of 10 bytes".
  void refuse_truncated(const std::string& how_much, const Place& place);
  // An input could not be read to its end, which has been said.
  void note_unreadable() noexcept { incomplete_ = true; }

  std::size_t max_payload() const noexcept { return ring_.info().max_payload; }
  // "3 records written to ring 'orders', 12 bytes"
  std::string summary() const;
  // Says what was left out; gives the program's exit code. `empty_record`: what one was in the input.
  cli::ExitCode finish(const std::string& empty_record) const;
  // A signal came while a record waited for space, which has been said.
  bool stopped_short() const noexcept { return stopped_short_; }

 protected:
  enum class Sent { yes, dropped, no_more };
  Sink(const Segment& ring, const SinkOptions& options, StopSignals& stop)
      : ring_(ring), options_(options), stop_(stop) {}

  void complain_of_closed_ring();
  void complain_of_stop(const Place& place);

  const Segment& ring_;
  const SinkOptions options_;
  StopSignals& stop_;

 private:
  virtual Sent send(std::span<const std::byte> bytes, std::uint16_t type, const Place& place) = 0;
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
