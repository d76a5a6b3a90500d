#include "archive/producer_names.hpp"

#include <algorithm>
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

std::string_view ProducerNames::at(std::uint16_t slot, Position position) const {
  const auto found = slots_.find(slot);
  if (found == slots_.end()) return {};
  const auto name = in_use(found->second, position);
  return name == found->second.end() || name->from > position ? std::string_view{} : std::string_view(name->name);
}

std::vector<ProducerName> ProducerNames::from(Position position) const {
  std::vector<ProducerName> all;
  for (const auto& [slot, names] : slots_) all.insert(all.end(), in_use(names, position), names.end());
  return all;
}

}  // namespace logbuf::archive
