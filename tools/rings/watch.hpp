// Rings looked at again and again: what came in between two looks, and how far the reading is behind.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "look.hpp"

namespace logbuf::rings {

// A second.
struct Rates {
  double records = 0;
  double bytes = 0;  // of payload
  double refused = 0;
  double aborted = 0;
};

// How long ago the first record that has not come that far was claimed: at most this long, and exact to the time
// between two looks. From rings that are older than the first look on, perhaps longer.
struct Lag {
  std::chrono::nanoseconds time{};
  bool perhaps_longer = false;
};

struct Watched : Seen {
  // Empty at the first look at this ring.
  std::optional<Rates> rates;                // of all producers
  std::optional<double> consumed_records;    // a second
  std::map<std::uint16_t, Rates> producers;  // by slot
  std::optional<Lag> consumer_lag;           // until consumed; empty where the ring cannot be trusted
  std::optional<Lag> durable_lag;            // until durable; empty where nothing archives it
};

// One thread at a time. Only opens rings for reading: neither end of one notices.
class Watch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Tails = std::deque<std::pair<Time, Position>>;

  // `wanted`: names or shell patterns; empty: all rings.
  explicit Watch(std::vector<std::string> wanted = {});

  // Those that are there now, by name.
  std::vector<Watched> look();
  // The same, of rings that were seen at `now`.
  std::vector<Watched> compare(std::vector<Seen> seen, Time now);

 private:
  struct Past {
    std::array<std::byte, 16> uuid{};
    Look last;
    Time at;
    // When the tail was seen where; from the last look at which all below was durable (or consumed) on.
    Tails tails;
  };
  Watched follow(Seen seen, Time now);

  std::vector<std::string> wanted_;
  std::map<std::string, Past> past_;
};

}  // namespace logbuf::rings
