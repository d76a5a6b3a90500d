// What the scenes of the stepping tests have in common: a small ring, and what is done at both of its ends.
#pragma once

#include "step.hpp"

#if LOGBUF_CAN_STEP

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <logbuf/consumer.hpp>
#include <logbuf/producer.hpp>

#include "raw_segment.hpp"
#include "scratch_ring.hpp"

namespace test {

using Records = std::vector<std::string>;

using Mpsc = std::integral_constant<logbuf::Kind, logbuf::Kind::mpsc>;
using Spsc = std::integral_constant<logbuf::Kind, logbuf::Kind::spsc>;

constexpr std::uint64_t kStepCapacity = 4096;

// A position with so much left of its lap.
constexpr logbuf::Position end_of_lap(logbuf::Position left) {
  return kStepCapacity * 9 - left;
}

// A ring of a kind, empty, at a position.
template <logbuf::Kind K>
class SteppedRing : public ScratchRing {
 public:
  // How many producers it has room for.
  static constexpr std::uint32_t kProducers = K == logbuf::Kind::spsc ? 1 : 3;

  explicit SteppedRing(logbuf::Position start, bool timestamps = false)
      : ScratchRing({.capacity = kStepCapacity, .kind = K, .max_producers = kProducers, .timestamps = timestamps}),
        raw_(name()) {
    raw_.move_to(start);
  }

  const RawSegment& raw() const { return raw_; }
  std::span<const std::byte> shared() const { return raw_.all(); }

  // Producers in all the slots that the living have left: the dead keep none.
  std::vector<logbuf::Producer<K>> fill_up(std::uint32_t living) const {
    std::vector<logbuf::Producer<K>> newcomers;
    while (living + newcomers.size() < kProducers) {
      newcomers.push_back(required(logbuf::Producer<K>::attach(name(), {.name = "newcomer"})));
    }
    return newcomers;
  }

 private:
  RawSegment raw_;
};

// For the child: throws instead of failing a test that is not its own.
template <typename End>
void attach(std::optional<End>& own, const std::string& ring) {
  auto end = End::attach(ring);
  if (!end) throw end.error();
  own.emplace(std::move(*end));
}

template <logbuf::Kind K>
std::string with_kind(const std::string& operation) {
  return operation + (K == logbuf::Kind::spsc ? " (spsc)" : " (mpsc)");
}

}  // namespace test

#endif
