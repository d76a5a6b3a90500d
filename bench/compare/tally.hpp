// What is on disk in the end, against what the producers had written.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "record.hpp"

namespace logbuf::compare {

// How far a producer had come when it ended.
struct Written {
  std::uint64_t written = 0;
  std::uint64_t refused = 0;  // and it was told so
};

struct Balance {
  std::uint64_t written = 0;
  std::uint64_t refused = 0;
  std::uint64_t on_disk = 0;     // of those written, each once
  std::uint64_t unfinished = 0;  // on disk though the call never returned: its producer died in it
  std::uint64_t doubled = 0;     // on disk once more than once
  std::uint64_t damaged = 0;     // on disk, but not as they were written, or never written

  std::uint64_t missing() const noexcept { return on_disk < written ? written - on_disk : 0; }
};

class Tally {
 public:
  // One record as it stands on disk.
  void add(std::string_view bytes);
  // `lives[i]` is how far life i had come.
  Balance balance(std::span<const Written> lives) const;

 private:
  std::vector<std::vector<bool>> seen_;  // by life, by n
  std::uint64_t doubled_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace logbuf::compare
