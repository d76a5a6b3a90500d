// Which rings there are for the archiver, and how it stands with each: put up by the supervisor, read by any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "counters.hpp"

namespace logbuf::archiver {

class Board {
 public:
  enum class State {
    awaited,   // named, and not there yet
    draining,  // a drain works on it
    ended,     // drained to its end
    failed,    // its drain has given up
    refused,   // it cannot be drained now
    left,      // nobody wants it any more
  };
  struct Ring {
    State state = State::awaited;
    std::string why{};  // of failed and refused
    std::shared_ptr<Counters> counters = std::make_shared<Counters>();
  };

  // Stays the same for a name, so that nothing is counted back.
  std::shared_ptr<Counters> counters(const std::string& ring);
  void set(const std::string& ring, State state, const std::string& why = {});
  std::map<std::string, Ring> rings() const;

 private:
  // Where names come and go, so many are kept at the most besides those that are drained.
  static constexpr std::size_t kMost = 4096;
  Ring& at(const std::string& ring);

  mutable std::mutex mutex_;
  std::map<std::string, Ring> rings_;
};

}  // namespace logbuf::archiver
