#include "filter.hpp"

namespace logbuf::cat {

bool Filter::selects(const Record& record) {
  if (times_.is_limited()) {
    const auto time_ns = record.any_time_ns();
    if (!time_ns || times_.is_early(*time_ns) || times_.is_late(*time_ns)) return false;
  }
  if (!producers_.see(record.slot, record.producer)) return false;
  if (!types_.empty() && !types_.contains(record.type)) return false;
  // Last: a payload that is seen and wanted is a record that is wanted.
  return !payloads_ || payloads_->see(record.bytes);
}

}  // namespace logbuf::cat
