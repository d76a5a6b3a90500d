// What can be read: one class for each kind of target. Failures end the program (cli::die).
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>

#include "item.hpp"

namespace logbuf::cat {

// next(): the next item; nothing: for now there is none. What was there at the start ends with a nothing,
// too, even if more has come since. ended(): after a nothing: there will never be more. wait(): until there
// may be more, at most that long. settle(n): the first n items that next() gave since the last settle() are
// written; called after each burst, and after a failure to write.
template <typename S>
concept Source = requires(S source, std::chrono::nanoseconds timeout, std::uint64_t count) {
  { source.next() } -> std::same_as<std::optional<Item>>;
  { source.ended() } -> std::same_as<bool>;
  source.wait(timeout);
  source.settle(count);
};

}  // namespace logbuf::cat
