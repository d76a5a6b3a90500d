#include "archive/producer_names.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace logbuf::archive {
namespace {

// The first name that is in use at or after `position`: the last that begins at or before it.
std::vector<ProducerName>::const_iterator in_use(const std::vector<ProducerName>& names, Position position) {
  const auto after = std::ranges::upper_bound(names, position, {}, &ProducerName::from);
  return after == names.begin() ? after : after - 1;
}

}  // namespace

void ProducerNames::add(ProducerName producer, Position position) {
  auto& names = slots_[producer.slot];
  names.erase(names.cbegin(), in_use(names, position));
  const auto place = std::ranges::lower_bound(names, producer.from, {}, &ProducerName::from);
  if (place != names.end() && place->from == producer.from) {
    *place = std::move(producer);
    return;
  }
  names.insert(place, std::move(producer));
  if (names.size() > kMaxNamesPerSlot) names.erase(names.begin());
}

ProducerNames::Use ProducerNames::use_at(std::uint16_t slot, Position position) const {
  constexpr Position kForEver = std::numeric_limits<Position>::max();
  const auto found = slots_.find(slot);
  if (found == slots_.end()) return {.name = {}, .end = kForEver};
  const auto& names = found->second;
  const auto name = in_use(names, position);
  if (name == names.end()) return {.name = {}, .end = kForEver};
  if (name->from > position) return {.name = {}, .end = name->from};
  const auto next = name + 1;
  return {.name = name->name, .end = next == names.end() ? kForEver : next->from};
}

std::vector<ProducerName> ProducerNames::from(Position position) const {
  std::vector<ProducerName> all;
  for (const auto& [slot, names] : slots_) all.insert(all.end(), in_use(names, position), names.end());
  return all;
}

}  // namespace logbuf::archive
