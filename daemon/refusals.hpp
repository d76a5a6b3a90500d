// What producers could not write at a full ring, on its way into the archive: each slot's count is looked at now and
// then, and what is new is told before the place in the ring where tail stood then.
#pragma once

#include <cstddef>
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

 private:
  // What the archive says of a slot, or what is on its way there.
  struct Known {
    std::uint64_t total = 0;
    std::string producer;  // whose records were refused when the slot was looked at last
    std::uint32_t incarnation = 0;
  };
  static constexpr std::size_t kMostPending = 16384;
  // False: the slot changed hands meanwhile, and nothing was taken note of.
  bool look_at(std::uint16_t slot);
  // Nothing where the total is not new.
  void add(std::uint16_t slot, std::uint64_t total, const std::string& producer, Position tail);

  const Consumer& consumer_;
  std::vector<Known> known_;              // by slot
  std::deque<archive::Refused> pending_;  // in the order of `at`
};

}  // namespace logbuf::archiver
