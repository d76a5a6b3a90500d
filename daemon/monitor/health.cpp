#include "health.hpp"

#include <algorithm>

#include "duration.hpp"
#include "sampler.hpp"
#include "text.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;

// What a sync may take beyond the time between two.
constexpr auto kSlowSync = 5s;
// How long a claim may hold the drain up.
constexpr auto kLongestBlockage = 2s;

std::string text_of(std::chrono::nanoseconds time) {
  return cli::format_duration(std::chrono::floor<std::chrono::seconds>(time));
}

std::string blocker_of(const RingStatus& status) {
  for (const ProducerStatus& producer : status.producers) {
    if (producer.slot == status.blocked->slot)
      return " of producer '" + cli::escape(producer.name) + "' (pid " + std::to_string(producer.pid) + ")";
  }
  return "";
}

}  // namespace

std::vector<std::string> ailments_of(const RingSample& ring, std::chrono::steady_clock::time_point now) {
  using State = Board::State;
  std::vector<std::string> ailments;
  const State state = ring.archiver.state;
  const Counters& counters = *ring.archiver.counters;
  if (state == State::failed) ailments.push_back("it is not drained any more: " + cli::escape(ring.archiver.why));
  if (state == State::refused) ailments.push_back("it is not drained: " + cli::escape(ring.archiver.why));
  if (ring.look && ring.look->status.quarantined) {
    ailments.push_back("it is quarantined: the header at position " +
                       std::to_string(ring.look->status.quarantine_position) + " is none of a producer's");
  }
  if (state != State::draining) return ailments;
  if (ring.stands_still >= kLongestSilence)
    ailments.push_back("its drain has stood still for " + text_of(ring.stands_still));
  if (const std::string trouble = counters.trouble(); !trouble.empty())
    ailments.push_back("the disk refuses: " + cli::escape(trouble));
  const std::int64_t since_ns = counters.undurable_since_ns;
  const std::chrono::nanoseconds undurable = now.time_since_epoch() - std::chrono::nanoseconds(since_ns);
  if (since_ns != 0 && undurable > std::chrono::nanoseconds(counters.sync_interval_ns) + kSlowSync)
    ailments.push_back("what was written " + text_of(undurable) + " ago is not durable yet");
  if (!ring.look && ring.why_not) ailments.push_back("it cannot be looked at: " + cli::escape(ring.detail));
  if (!ring.look) return ailments;
  if (!ring.look->sound) ailments.push_back("it is damaged: its positions contradict each other");
  if (ring.held_up >= kLongestBlockage) {
    ailments.push_back("its drain is held up since " + text_of(ring.held_up) + " by an unfinished claim" +
                       blocker_of(ring.look->status));
  }
  return ailments;
}

bool is_well(const Sample& sample) {
  return std::ranges::all_of(sample.rings, [](const RingSample& ring) { return ring.ailments.empty(); });
}

std::string health_text(const Sample& sample) {
  std::string text;
  for (const RingSample& ring : sample.rings) {
    for (const std::string& ailment : ring.ailments) text += "ring '" + ring.name + "': " + ailment + '\n';
  }
  return text.empty() ? "ok\n" : text;
}

}  // namespace logbuf::archiver
