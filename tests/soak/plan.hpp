// What an epoch does, all of it drawn from its seed: its rings, and the steps of its schedule. Nothing here depends on
// what the processes do, so that a seed is a schedule.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "content.hpp"

namespace logbuf::soak {

inline constexpr std::uint32_t kRings = 4;
inline constexpr std::uint32_t kAllRings = kRings;  // the archiver that takes every ring it can get

// How an epoch's end finds the ring.
enum class Ending {
  told,    // producers are told to stop
  closed,  // the ring is closed: all see it and end by themselves
  killed,  // producers are killed, all at once
};

struct RingPlan {
  SegmentOptions segment;
  std::uint32_t places = 0;  // producer processes at a time; may be more than there are slots
  Ending ending = Ending::told;
};

enum class Act {
  newcomer,        // whoever has the place is killed, and another takes it
  leave,           // whoever has the place is told to stop
  stop,            // for `span`
  massacre,        // every producer of the ring is killed, and at times its archiver too
  archiver_kill,   // and another comes after `span`
  archiver_term,   // the same, politely
  archiver_stop,   // for `span`
  archiver_start,  // where there is one already: must be refused
  archiver_rotate,
  reader,  // comes, and is killed after `span` if it is still there
};

struct Step {
  std::chrono::nanoseconds delay{};  // since the step before
  Act act = Act::newcomer;
  std::uint32_t ring = 0;  // for archivers also kAllRings
  std::uint32_t place = 0;
  std::chrono::nanoseconds span{};
  std::uint64_t draw = 0;  // for what else has to be decided
};

std::uint64_t seed_of_epoch(std::uint64_t seed, std::uint64_t epoch);

class Plan {
 public:
  Plan(std::uint64_t epoch_seed, std::chrono::nanoseconds pace);

  const std::vector<RingPlan>& rings() const { return rings_; }
  std::uint64_t steps() const { return steps_; }
  Step next_step();

 private:
  RingPlan draw_ring(std::uint32_t number);

  test::Random random_;
  std::chrono::nanoseconds pace_;
  std::uint64_t steps_;
  std::vector<RingPlan> rings_;
};

struct ArchiverPlan {
  std::vector<std::string> arguments;     // without the rings and the directory
  std::chrono::microseconds lives_for{};  // of processor time; 0: until it is killed
};
ArchiverPlan draw_archiver(std::uint64_t draw);

struct ReaderPlan {
  std::vector<std::string> arguments;  // without the target
  bool inspects = false;               // logbuf-ctl, not logbuf-cat
  bool of_archive = false;
  bool nobody_reads = false;  // its standard output is a pipe that nobody reads
};
ReaderPlan draw_reader(std::uint64_t draw);

}  // namespace logbuf::soak
