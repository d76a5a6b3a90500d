// What a ring holds, and what is done with it: the same at each run, so that each byte of the archive is known.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive_support.hpp"

namespace simulation {

using logbuf::Position;

struct RingRecord {
  Position position = 0;
  std::uint32_t length = 0;  // bytes of the payload
  std::uint16_t slot = 0;
};

struct Step {
  enum class What {
    span,
    gap,
    name,     // of the slot, from here on
    refused,  // the slot's total has grown
    sync,
    seal,
    reopen,  // the Writer is stopped where it syncs, and closed; another one is opened
    kill     // the process dies
  };
  What what = What::span;
  Position begin = 0;  // in the ring; of all but span and gap: begin == end
  Position end = 0;
  std::uint64_t first = 0;  // record
  std::uint64_t count = 0;  // records
  std::uint16_t slot = 0;
  std::string name;
  std::uint64_t total = 0;  // records refused
};

class Script {
 public:
  // Records of the slot's producer; `trailing_skip` bytes of skips behind them are in the span, but not stored.
  Script& span(std::uint64_t count, std::uint32_t longest, std::uint16_t slot = 0, std::uint64_t trailing_skip = 0);
  Script& gap(std::uint64_t lost, std::uint64_t bytes);
  Script& name(std::uint16_t slot, std::string name);
  Script& refused(std::uint16_t slot, std::uint64_t more);
  Script& then(Step::What what);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  const std::vector<RingRecord>& records() const noexcept { return records_; }
  // The number of the record at this position; records().size() if there is none.
  std::uint64_t record_at(Position position) const;
  // The step with which a Writer goes on that ends at this position.
  std::size_t step_at(Position end) const;
  // What of the step is from this position on, as it lies in the ring. `ring` says which bytes are in the records.
  logbuf::archive::test::Bytes bytes(const Step& step, Position from, std::uint16_t ring) const;
  const std::string& payload(std::uint64_t record, std::uint16_t ring) const;
  std::int64_t time_ns(std::uint64_t record) const {
    return 1'790'000'000'000'000'000 + static_cast<std::int64_t>(record);
  }
  // Whose record it is.
  const std::string& name_of(std::uint64_t record) const { return names_[record]; }

 private:
  Step& add(Step::What what);

  std::vector<Step> steps_;
  std::vector<RingRecord> records_;
  std::vector<std::string> names_;                                                // by record
  mutable std::unordered_map<std::uint16_t, std::vector<std::string>> payloads_;  // by ring and record, once asked for
  std::unordered_map<Position, std::uint64_t> at_;
  std::unordered_map<std::uint16_t, std::string> name_now_;
  std::unordered_map<std::uint16_t, std::uint64_t> refused_now_;
  Position end_ = 0;
};

}  // namespace simulation
