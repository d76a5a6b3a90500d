// Several targets as one, by time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "archive_source.hpp"
#include "item.hpp"
#include "ring_source.hpp"

namespace logbuf::cat {

// Gives the earliest of the items that are next in their targets; of two of the same time, that of the target which was
// added first. So each target's own order stays, even where its times do not rise. A gap comes right behind the record
// that it follows in its target. A target that has come to its end is not looked at again.
class MergedSource {
 public:
  MergedSource() = default;
  MergedSource(const MergedSource&) = delete;
  MergedSource& operator=(const MergedSource&) = delete;

  // Before the first next(). Their records must have times.
  ArchiveSource& add_archive(const std::string& path);
  void add_ring(const std::string& name);

  // Of a gap, `target` says in which of them it is, in the order in which they were added.
  std::optional<Item> next();
  bool ended() const { return true; }
  void wait(std::chrono::nanoseconds) {}
  void settle(std::uint64_t) {}

 private:
  struct Input {
    template <typename Source>
    Input(std::in_place_type_t<Source> type, const std::string& target, std::size_t its_number)
        : source(type, target), number(its_number) {}
    void advance();

    std::variant<ArchiveSource, RingSource> source;
    std::size_t number;
    std::optional<Item> head;  // empty: there is no more
    std::int64_t time_ns =
        std::numeric_limits<std::int64_t>::min();  // of the head; a gap has that of the record before it
  };
  Input* earliest();

  std::list<Input> inputs_;  // a source cannot be moved
  bool begun_ = false;
  Input* given_ = nullptr;  // whose head was given last: it lives until now
};

}  // namespace logbuf::cat
