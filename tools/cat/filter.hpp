// What is wanted.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "item.hpp"
#include "payloads.hpp"
#include "producers.hpp"
#include "ranges.hpp"

namespace logbuf::cat {

class Filter {
 public:
  void set_seqs(SeqRange range) { seqs_ = range; }
  void set_times(TimeRange range) {
    times_ = range;
    selects_ = selects_ || range.is_limited();
  }
  // A slot's number or a producer's name; any of those added will do.
  void add_producer(const std::string& slot_or_name) {
    producers_.add(slot_or_name);
    selects_ = true;
  }
  void add_type(std::uint16_t type) {
    types_.insert(type);
    selects_ = true;
  }
  void set_payloads(std::unique_ptr<Payloads> payloads) {
    payloads_ = std::move(payloads);
    selects_ = selects_ || payloads_;
  }

  bool wants(const Record& record) {
    if (record.seq < seqs_.first || record.seq > seqs_.last) return false;
    return !selects_ || selects(record);
  }
  // All gaps but those that are another producer's alone.
  bool wants(const Gap& gap) const { return !gap.slot || producers_.may_want(*gap.slot, gap.producer); }
  // No record after this one is wanted.
  bool is_last(const Record& record) const noexcept { return record.seq >= seqs_.last; }
  const SeqRange& seqs() const noexcept { return seqs_; }
  const TimeRange& times() const noexcept { return times_; }
  // Nothing but seqs and times selects.
  bool is_range() const noexcept { return producers_.all() && types_.empty() && !payloads_; }
  // The wanted producers of whom no record of the wanted seqs and times has come to wants().
  std::vector<std::string> unseen_producers() const { return producers_.unseen(); }
  // nullptr: payloads are not selected.
  const Payloads* payloads() const noexcept { return payloads_.get(); }
  // Payloads are selected, and of what has come to wants() that left nothing.
  bool nothing_matched() const noexcept { return payloads_ && payloads_->none_seen(); }

 private:
  bool selects(const Record& record);  // by anything but its seq

  SeqRange seqs_;
  TimeRange times_;
  Producers producers_;
  std::set<std::uint16_t> types_;
  std::unique_ptr<Payloads> payloads_;  // none: all of them
  bool selects_ = false;                // by anything but its seq: plain reading asks this once a record, and no more
};

}  // namespace logbuf::cat
