// The same kills for every transport, and what came of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "options.hpp"
#include "page.hpp"
#include "tally.hpp"
#include "transport.hpp"

namespace logbuf::compare {

// Of one transport, after one series of kills.
struct Outcome {
  std::uint32_t kills = 0;            // done
  std::uint32_t in_call = 0;          // producers that died in the middle of writing a record
  std::uint32_t survived = 0;         // kills after which records still went from producers to disk
  std::uint32_t survived_by_all = 0;  // kills after which every survivor wrote on
  std::uint32_t going = 0;            // producers that wrote on after the last kill
  std::string end;                    // why there were no more kills; empty: all were done
  bool time_over = false;             // that is why
  std::uint64_t calm_longest_ns = 0;  // longest call before the first kill
  std::uint64_t longest_ns = 0;       // longest call from then on, unfinished ones of the living included
  Balance balance;
  std::uint64_t counted = 0;  // records that the transport says it has lost
  std::chrono::nanoseconds kills_took{};
  std::chrono::nanoseconds took{};  // with the beginning, the end and the reading
  std::string remarks;

  // Written, not on disk, and nobody knows.
  std::uint64_t silently_lost() const noexcept {
    const std::uint64_t missing = balance.missing();
    return missing > counted ? missing - counted : 0;
  }
};

enum class Victim { producer, consumer };

// Starts the transport, kills `kills` times, ends it, reads back what is on disk.
Outcome run_campaign(Transport& transport, Page& page, const Waiter& waiter, const Options& options, Victim victim,
                     std::uint32_t kills);

}  // namespace logbuf::compare
