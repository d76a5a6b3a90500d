// Which name a slot bears at which position. Slots are used again, so one slot may have several names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include <logbuf/archive.hpp>

namespace logbuf::archive {

class ProducerNames {
 public:
  // Forgets what ended before `position` (nothing earlier will be asked for), then adds the name.
  void add(ProducerName producer, Position position);
  struct Use {
    std::string_view name;  // empty: not known
    Position end = 0;       // the slot bears it up to here
  };
  // The view lives until the next add() or clear().
  Use use_at(std::uint16_t slot, Position position) const;
  // Every name still in use at or after `position`.
  std::vector<ProducerName> from(Position position) const;
  void clear() { slots_.clear(); }

 private:
  // An archive can hold anything: more names than this for one slot are not kept.
  static constexpr std::size_t kMaxNamesPerSlot = 8;
  std::map<std::uint16_t, std::vector<ProducerName>> slots_;  // each in the order of `from`
};

}  // namespace logbuf::archive
