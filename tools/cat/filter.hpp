// Which records are wanted.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "item.hpp"
#include "ranges.hpp"

namespace logbuf::cat {

class Filter {
 public:
  void set_seqs(SeqRange range) { seqs_ = range; }
  void set_times(TimeRange range) { times_ = range; }
  // A slot's number or a producer's name; any of those added will do.
  void add_producer(const std::string& slot_or_name);
  void add_type(std::uint16_t type) { types_.insert(type); }

  bool wants(const Record& record) const;
  // No record after this one is wanted.
  bool is_last(const Record& record) const noexcept { return record.seq >= seqs_.last; }
  const SeqRange& seqs() const noexcept { return seqs_; }
  const TimeRange& times() const noexcept { return times_; }
  // Nothing but seqs and times selects.
  bool is_range() const noexcept { return names_.empty() && types_.empty(); }

 private:
  SeqRange seqs_;
  TimeRange times_;
  std::set<std::uint16_t> slots_;
  std::set<std::string, std::less<>> names_;
  std::set<std::uint16_t> types_;
};

}  // namespace logbuf::cat
