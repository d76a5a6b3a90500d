// What producers could not write at a full ring, on its way into the archive: each slot's count is looked at now and
// then, and what is new is told at the place in the ring where it would have stood.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/consumer.hpp>

namespace logbuf::archiver {

class Refusals {
 public:
  // What the archive has of this ring already is not told again.
  Refusals(const Consumer& consumer, const archive::Writer& writer);

  // Looks at every slot: what is new there came before the ring's present tail.
  void look();
  // Where the next news belong: a batch ends there.
  std::optional<Position> next_place() const;
  // The next news, if they belong at `end` or before it.
  const archive::Refused* due(Position end) const;
  // They are in the archive.
  void told();

  std::uint64_t count() const { return count_; }  // records, found by look() so far

 private:
  // What the archive says of a slot, or what is on its way there.
  struct Known {
    std::uint64_t total = 0;
    std::string producer;  // whose records were refused when the slot was looked at last
    std::uint32_t incarnation = 0;
  };
  void add(std::uint16_t slot, std::uint64_t total, const std::string& producer, Position tail);

  const Consumer& consumer_;
  std::vector<Known> known_;              // by slot
  std::deque<archive::Refused> pending_;  // in the order of `at`
  std::uint64_t count_ = 0;
};

}  // namespace logbuf::archiver
