#include "board.hpp"

#include <algorithm>

namespace logbuf::archiver {

Board::Ring& Board::at(const std::string& ring) {
  if (rings_.size() >= kMost && !rings_.contains(ring)) {
    const auto idle = [](const auto& each) { return each.second.state != State::draining; };
    if (const auto old = std::ranges::find_if(rings_, idle); old != rings_.end()) rings_.erase(old);
  }
  return rings_[ring];
}

std::shared_ptr<Counters> Board::counters(const std::string& ring) {
  const std::lock_guard lock(mutex_);
  return at(ring).counters;
}

void Board::set(const std::string& ring, State state, const std::string& why) {
  const std::lock_guard lock(mutex_);
  Ring& its = at(ring);
  its.state = state;
  its.why = why;
}

std::map<std::string, Board::Ring> Board::rings() const {
  const std::lock_guard lock(mutex_);
  return rings_;
}

}  // namespace logbuf::archiver
