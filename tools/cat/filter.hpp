// Which records are wanted.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "item.hpp"

namespace logbuf::cat {

// Both ends belong to it.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
};

class Filter {
 public:
  void set_seqs(SeqRange range) { seqs_ = range; }
  // A slot's number or a producer's name; any of those added will do.
  void add_producer(const std::string& slot_or_name);
  void add_type(std::uint16_t type) { types_.insert(type); }

  bool wants(const Record& record) const;
  // No record after this one is wanted.
  bool is_last(const Record& record) const noexcept { return record.seq >= seqs_.last; }
  std::uint64_t first_seq() const noexcept { return seqs_.first; }
  bool wants_all() const noexcept;

 private:
  SeqRange seqs_;
  std::set<std::uint16_t> slots_;
  std::set<std::string, std::less<>> names_;
  std::set<std::uint16_t> types_;
};

}  // namespace logbuf::cat
