#include "last_items.hpp"

#include <utility>

namespace logbuf::cat {

Item LastItems::Kept::item() const {
  Item whole = shallow;
  if (auto* const record = std::get_if<Record>(&whole)) {
    record->producer = producer;
    record->bytes = bytes;
  }
  return whole;
}

void LastItems::add(const Item& item) {
  if (most_records_ == 0) return;
  Kept kept{.shallow = item, .producer = {}, .bytes = {}};
  if (const auto* const record = std::get_if<Record>(&item)) {
    kept.producer = record->producer;
    kept.bytes.assign(record->bytes.begin(), record->bytes.end());
    ++records_;
  }
  items_.push_back(std::move(kept));
  while (records_ > most_records_) {
    if (std::holds_alternative<Record>(items_.front().shallow)) --records_;
    items_.pop_front();
  }
  while (records_ == most_records_ && std::holds_alternative<Gap>(items_.front().shallow)) items_.pop_front();
}

}  // namespace logbuf::cat
