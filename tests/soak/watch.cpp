#include "watch.hpp"

#include <utility>

#include "duration.hpp"

namespace logbuf::soak {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
// Between two looks this driver itself was not given the processor, and nor were others.
constexpr auto kLongestSlice = 1s;

std::string describe(const EndStatus& end) {
  return end.name + " (pid " + std::to_string(end.pid) + (end.alive ? ")" : ", dead)");
}

}  // namespace

std::string describe(const Segment& ring) {
  const RingStatus status = ring.status();
  std::string text = "ring " + ring.info().name + ": tail " + std::to_string(status.tail) + ", consumed " +
                     std::to_string(status.consumed) + ", head " + std::to_string(status.head) + ", capacity " +
                     std::to_string(ring.info().capacity) + (status.closed ? ", closed" : "") +
                     (status.quarantined ? ", quarantined" : "");
  text += "; consumer: " + (status.consumer ? describe(*status.consumer) : std::string("none"));
  if (status.blocked) {
    text += "; held up at position " + std::to_string(status.blocked->position) + " by ";
    text += status.blocked->slot ? "slot " + std::to_string(*status.blocked->slot) : std::string("nobody known");
  }
  for (const ProducerStatus& producer : status.producers) {
    text += "; slot " + std::to_string(producer.slot) + ": " + describe(producer);
  }
  return text;
}

std::optional<std::string> Watch::look(const Segment& ring, bool hindered) {
  const Clock::time_point now = Clock::now();
  const RingStatus status = ring.status();
  const bool moved = status.consumed != std::exchange(consumed_, status.consumed);
  const bool waited_for = status.tail != status.consumed && status.consumer && status.consumer->alive;
  const bool was_hindered = std::exchange(hindered_, hindered);
  const auto slice = now - std::exchange(looked_at_, now);
  if (status.quarantined) return "a ring is quarantined: " + describe(ring);
  if (moved || status.tail == status.consumed) {
    stood_still_ = 0ns;
  } else if (waited_for && !hindered && !was_hindered && slice <= kLongestSlice) {
    stood_still_ += slice;
  }
  if (stood_still_ < kPatience) return std::nullopt;
  return "a ring has stood still for " + cli::format_duration(stood_still_) + ": " + describe(ring);
}

}  // namespace logbuf::soak
