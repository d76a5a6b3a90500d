#include "filter.hpp"

#include <charconv>
#include <system_error>

namespace logbuf::cat {

void Filter::add_producer(const std::string& slot_or_name) {
  std::uint16_t slot = 0;
  const char* const end = slot_or_name.data() + slot_or_name.size();
  const auto [read_to, error] = std::from_chars(slot_or_name.data(), end, slot);
  if (error == std::errc{} && read_to == end) slots_.insert(slot);
  names_.insert(slot_or_name);  // a name may be all digits
}

bool Filter::wants(const Record& record) const {
  if (record.seq < seqs_.first || record.seq > seqs_.last) return false;
  if (times_.is_limited()) {
    const auto time_ns = record.any_time_ns();
    if (!time_ns || times_.is_early(*time_ns) || times_.is_late(*time_ns)) return false;
  }
  if (!types_.empty() && !types_.contains(record.type)) return false;
  if (names_.empty()) return true;
  return slots_.contains(record.slot) || (!record.producer.empty() && names_.contains(record.producer));
}

}  // namespace logbuf::cat
