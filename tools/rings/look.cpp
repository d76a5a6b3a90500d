#include "look.hpp"

#include <algorithm>
#include <logbuf/error.hpp>
#include <utility>

#include "text.hpp"

namespace logbuf::rings {
namespace {

// The positions are read one after the other: while producers and consumer work, they may not fit together.
constexpr int kTries = 100;

bool same_positions(const RingStatus& one, const RingStatus& other) {
  return one.tail == other.tail && one.consumed == other.consumed && one.head == other.head;
}

bool are_sound(const RingStatus& status, std::size_t capacity) {
  return status.head <= status.consumed && status.consumed <= status.tail && status.tail - status.head <= capacity;
}

std::string name_of(const std::string& what, const EndStatus& end) {
  return what + " '" + cli::escape(end.name) + "' (pid " + std::to_string(end.pid) + ')';
}

}  // namespace

Look look_at(const Segment& segment) {
  Look look;
  look.info = segment.info();
  for (int i = 0; i < kTries; ++i) {
    RingStatus status = segment.status();
    // Nobody moves them: they are as they will be.
    const bool again = i > 0 && same_positions(look.status, status);
    look.status = std::move(status);
    look.sound = are_sound(look.status, look.info.capacity);
    if (look.sound || again) break;
  }
  if (!look.sound) return look;
  const RingStatus& status = look.status;
  look.fill_bytes = status.tail - status.head;
  look.unread_bytes = status.tail - status.consumed;
  const bool any = look.unread_bytes != 0 && status.total_records > status.records_consumed;
  look.records_waiting = any ? status.total_records - status.records_consumed : 0;
  return look;
}

std::optional<Seen> see(const std::string& name) {
  const auto segment = Segment::open(name);
  if (segment) return Seen{name, look_at(*segment), {}, ""};
  if (segment.error() == Errc::no_such_ring) return std::nullopt;
  return Seen{name, std::nullopt, segment.error(), error_detail()};
}

std::string state_of(const Look& look) {
  if (look.status.quarantined) return "quarantined";
  if (!look.sound) return "damaged";
  return look.status.closed ? "closed" : "open";
}

const ProducerStatus* holder_of(const RingStatus& status) {
  if (!status.blocked || !status.blocked->slot) return nullptr;
  const auto found = std::ranges::find(status.producers, *status.blocked->slot, &ProducerStatus::slot);
  return found == status.producers.end() ? nullptr : &*found;
}

std::string who_is_attached(const RingStatus& status) {
  std::string who;
  for (const ProducerStatus& producer : status.producers) {
    if (producer.alive) who += (who.empty() ? "" : ", ") + name_of("producer", producer);
  }
  if (status.consumer && status.consumer->alive)
    who += (who.empty() ? "" : ", ") + name_of("consumer", *status.consumer);
  return who;
}

std::string what_is_left(const Look& look) {
  if (look.unread_bytes == 0) return "";
  return cli::counted(look.records_waiting, "record") + " (" + cli::counted(look.unread_bytes, "byte") + ")";
}

}  // namespace logbuf::rings
