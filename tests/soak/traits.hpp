// What a producer process is like: drawn from the epoch's seed and its number, by itself and by whoever checks its
// records.
#pragma once

#include <cstdint>
#include <optional>

#include <logbuf/segment.hpp>

namespace logbuf::soak {

// What it writes through, and what it does at a full ring.
enum class Way { queue_waits, queue_drops, channel_waits, channel_drops };
enum class Sizes { tiny, small, mixed, large };
// Where it dies by itself, if it does. At any moment: when it has used so much processor time, in the midst of small
// records and no naps, so that most of these moments are the library's.
enum class Death { none, in_claim, half_written, before_commit, behind_commit, before_abort, any_moment };
inline constexpr std::uint64_t kDeaths = 6;

struct Traits {
  Way way = Way::queue_waits;
  Sizes sizes = Sizes::small;
  std::uint32_t threads = 1;
  std::uint64_t budget_bytes = 0;   // of payload, by each thread; then it leaves
  std::uint32_t batch_percent = 0;  // of its claims (queues only)
  std::uint32_t abort_percent = 0;  // of its claims
  std::uint64_t burst_records = 1;  // between naps
  std::uint64_t nap_us = 0;         // 0: it never naps between bursts
  std::uint64_t hold_every = 0;     // so many claims: one is held open for a while; 0: none
  std::uint64_t hold_us = 0;
  bool leaves_a_claim = false;  // open, as it detaches
  Death death = Death::none;
  std::uint64_t dies_at_record = 0;              // at the first claim from this record on
  std::uint64_t dies_after_us = 0;               // at any moment: of processor time
  std::optional<std::uint64_t> forks_at_record;  // the same
  bool forks_in_claim = false;
};

Traits draw_traits(std::uint64_t seed, std::uint32_t producer, Kind kind);

}  // namespace logbuf::soak
