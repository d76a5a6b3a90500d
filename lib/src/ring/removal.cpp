// To look and then to unlink by name would lose the records of a producer that comes in between, or hit a ring that was
// made anew under the name. So:
//
// - Whoever attaches takes the lock of its end first and then sees whether the ring still has its name (attach.hpp).
// - Whoever removes takes the locks of all ends first, in one step, and looks then. While it has them nobody can come;
//   who comes behind it finds the name gone, and nobody has to be told anything.
// - Whoever removes has the removal lock, so that between its look at the name and its unlinking no other
// Segment::remove
//   takes the name away, and it cannot pass to another ring. (Segment::unlink asks nobody.)
//
// A remover that dies on its way leaves a ring that nothing was done to, or a closed one, or none. Only where it may
// not be allowed to remove the ring does it take the name away before it closes: see at_once.
#include "ring/removal.hpp"

#include <logbuf/detail/producer_core.hpp>

#include "platform/failure.hpp"
#include "ring/positions.hpp"
#include "ring/producer_table.hpp"
#include "ring/recovery.hpp"
#include "ring/status.hpp"

namespace logbuf::detail {
namespace {

using Done = std::expected<void, std::error_code>;

// Is a committed record left? What cannot be told counts as yes. A dead producer's claim is none: its consumer would
// skip it.
bool holds_records(const Mapping& mapping, Position at, Position tail) {
  const RingInfo& info = mapping.info();
  while (at < tail) {
    const std::uint64_t offset = at & (info.capacity - 1);
    const std::uint64_t word = header_word(mapping.ring() + offset).load(std::memory_order_acquire);
    if (word == 0) {
      const auto hole = dead_claim_bytes(mapping, at);
      if (!hole) return true;
      at += *hole;
      continue;
    }
    const record::Header header = record::unpack(word);
    const auto extent = record::extent_of(header, record::header_size(info.timestamps), info.capacity - offset);
    if (extent == 0 || !header.skip) return true;
    at += extent;
  }
  return false;
}

Done unless_needed(const Mapping& mapping, Removal removal) {
  const auto positions = read_positions(mapping);
  if (!positions) return std::unexpected(positions.error());
  const bool quarantined = (mapping.words().state.state.load(std::memory_order_acquire) & layout::kQuarantined) != 0;
  if (removal == Removal::if_empty && quarantined)
    return failure(Errc::ring_quarantined, mapping.label() + " is quarantined: what it holds cannot be read");
  // Our own locks do not show.
  if (consumer_alive(mapping) || any_producer_alive(mapping))
    return failure(Errc::ring_in_use, mapping.label() + " is in use (logbuf-ctl inspect says by whom)");
  if (removal == Removal::if_empty && holds_records(mapping, positions->consumed, positions->tail))
    return failure(Errc::ring_not_empty, mapping.label() + " still holds records");
  return {};
}

Done removed_by_somebody_else(const Mapping& mapping) {
  return failure(Errc::no_such_ring, mapping.label() + " has been removed by somebody else");
}

Done cannot_be_locked(const Mapping& mapping) {
  return failure(Errc::not_permitted, mapping.label() +
                                          " can only be looked at: its mode keeps you from making sure that nobody "
                                          "is attached");
}

Done take_lock(const Mapping& mapping, bool (*try_lock)(const Mapping&)) {
  // Newcomers hold locks that they only try, and removers that then leave the ring alone, for a moment.
  LockPatience patience(mapping);
  do {
    if (try_lock(mapping)) return {};
  } while (patience.again());
  return failure(Errc::ring_in_use, mapping.label() + " is in use, or just being removed");
}

}  // namespace

Done remove_ring(const std::shared_ptr<Mapping>& mapping, Removal removal) {
  // A descriptor, and so locks, of our own; gone at the end.
  const auto own = Mapping::again(mapping, false);
  if (!own) return std::unexpected(own.error());
  const Mapping& ring = **own;
  if (removal == Removal::at_once) {
    // One that may only be looked at cannot be locked; whether its name may go is for the system to say.
    if (ring.writable()) {
      if (auto locked = take_lock(ring, try_lock_removal); !locked) return locked;
    }
    // Closed first, so that nobody goes on with a ring without a name if we die in between; but who may perhaps not
    // remove it is not to close it either.
    if (ring.writable() && ring.is_own()) close_ring(ring);
    if (auto gone = ring.take_name_away(); !gone) return gone;
    if (ring.writable()) close_ring(ring);
    return {};
  }
  if (!ring.has_name()) return removed_by_somebody_else(ring);
  // First without the locks: whoever is just starting on a ring that stays is not to find it locked.
  if (auto ok = unless_needed(ring, removal); !ok) return ok;
  if (!ring.writable()) return cannot_be_locked(ring);
  if (auto locked = take_lock(ring, try_lock_all_ends); !locked) return locked;
  if (auto ok = unless_needed(ring, removal); !ok) return ok;
  return ring.take_name_away();
}

Done may_remove_ring(const Mapping& ring, Removal removal) {
  if (!ring.has_name()) return removed_by_somebody_else(ring);
  if (removal != Removal::at_once) {
    if (auto ok = unless_needed(ring, removal); !ok) return ok;
    if (!ring.writable()) return cannot_be_locked(ring);
  }
  if (!ring.is_own())
    return failure(Errc::not_permitted, ring.label() + ": no permission to remove it: it is another user's");
  return {};
}

}  // namespace logbuf::detail
