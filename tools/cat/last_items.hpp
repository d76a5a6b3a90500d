// The last so many items of a source whose end is not known beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "item.hpp"

namespace logbuf::cat {

class LastItems {
 public:
  explicit LastItems(std::uint64_t most_records) : most_records_(most_records) {}

  // Copies it, and forgets what is not among the last any more. A gap stays as long as a record before it
  // does.
  void add(const Item& item);

  // Gives the items in order and forgets them.
  template <typename Take>
  void take_all(Take take) {
    for (; !items_.empty(); items_.pop_front()) take(items_.front().item());
    records_ = 0;
  }

 private:
  // A source's record lives until its next next(): these own their bytes.
  struct Kept {
    Item shallow;
    std::string producer;
    std::vector<std::byte> bytes;

    Item item() const;
  };

  std::uint64_t most_records_;
  std::uint64_t records_ = 0;
  std::deque<Kept> items_;
};

}  // namespace logbuf::cat
