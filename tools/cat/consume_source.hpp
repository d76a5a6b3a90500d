// A ring whose records are taken: released when they are written, and not before.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <logbuf/consumer.hpp>
#include <logbuf/peek.hpp>

#include "item.hpp"

namespace logbuf::cat {

// Reads with a Peek, which runs ahead and knows seqs and producers' names, and releases with the Consumer.
// Nothing is missed on the way: this consumer is the only one.
class ConsumeSource {
 public:
  explicit ConsumeSource(const std::string& ring);

  std::optional<Item> next();
  bool ended() const;
  void wait(std::chrono::nanoseconds timeout);
  // Releases the first `count` records since the last settle().
  void settle(std::uint64_t count);
  // For the end, where no next() comes any more. False: something stands behind what was taken that no producer wrote,
  // and the ring is quarantined.
  bool look_behind();
  std::string quarantine_text() const;

 private:
  void refuse_quarantined() const;

  Consumer consumer_;
  Peek peek_;
  Position start_tail_;
  bool told_start_ = false;
};

}  // namespace logbuf::cat
