#include "ring/producer_table.hpp"

#include <sched.h>
#include <time.h>

#include "platform/failure.hpp"
#include "platform/file_lock.hpp"
#include "ring/end_info.hpp"
#include "ring/recovery.hpp"
#include "ring/relaxed.hpp"

namespace logbuf::detail {
namespace {

// Bytes far behind any ring: only their locks matter. One behind the other, so that they can be taken in one step.
constexpr std::uint64_t kConsumerLock = std::uint64_t{1} << 40;
constexpr std::uint64_t kRemovalLock = kConsumerLock - 1;
constexpr std::uint64_t slot_lock(std::uint16_t slot) noexcept {
  return kConsumerLock + 1 + slot;
}

bool end_alive(const Mapping& mapping, const layout::EndInfo& info, std::uint64_t lock) noexcept {
  if (info.in_use.load(std::memory_order_acquire) == 0) return false;
  return mapping.anonymous() || byte_locked_by_other(mapping.fd(), lock);
}

// Takes the place if nobody living has it. For good only once in_use is set.
std::expected<bool, std::error_code> take(Mapping& mapping, layout::EndInfo& info, std::uint64_t lock) {
  if (!mapping.anonymous()) return try_lock_byte(mapping.fd(), lock);
  std::uint32_t free = 0;
  return info.in_use.compare_exchange_strong(free, 1, std::memory_order_acquire, relaxed);
}

void leave(Mapping& mapping, layout::EndInfo& info, std::uint64_t lock) noexcept {
  info.left_at.store(mapping.words().tail.tail.load(relaxed), relaxed);
  // release: everything this end did comes before its going.
  info.in_use.store(0, std::memory_order_release);
  if (!mapping.anonymous()) unlock_byte(mapping.fd(), lock);
}

// In which order slots are worth taking. A slot whose last owner's records are still in the ring comes late,
// so that records keep the name of who wrote them; a slot whose owner died attached comes last.
enum class Worth { clean, records_left, owner_died };

Worth worth_of(const Mapping& mapping, const layout::EndInfo& info) noexcept {
  if (info.in_use.load(std::memory_order_acquire) != 0) return Worth::owner_died;
  const bool gone = info.left_at.load(relaxed) <= mapping.words().consumer.head.load(relaxed);
  return gone ? Worth::clean : Worth::records_left;
}

// Whether the lock was had tells little in an anonymous ring, where `take` has set in_use already.
bool still_worth(const Mapping& mapping, const layout::Slot& slot, Worth worth) noexcept {
  if (mapping.anonymous()) return true;
  const Worth now = worth_of(mapping, slot.info);
  return now <= worth && (now != Worth::owner_died || claim_resolved(mapping, slot.hot));
}

// One look at the whole table. `contended`: somebody had a slot's lock that may only have been trying it.
std::expected<std::optional<std::uint16_t>, std::error_code> try_take_slot(Mapping& mapping, std::string_view name,
                                                                           bool& contended) {
  const auto slots = mapping.slots();
  for (const Worth worth : {Worth::clean, Worth::records_left, Worth::owner_died}) {
    for (std::uint16_t i = 0; i < slots.size(); ++i) {
      layout::Slot& slot = slots[i];
      // Better than this pass asks for will do: the consumer may have moved head since the last pass.
      if (worth_of(mapping, slot.info) > worth) continue;
      const auto taken = take(mapping, slot.info, slot_lock(i));
      if (!taken) return std::unexpected(taken.error());
      if (!*taken) {
        contended = true;
        continue;
      }
      if (!still_worth(mapping, slot, worth)) {  // somebody was here in between, or its claim stands in the ring
        unlock_byte(mapping.fd(), slot_lock(i));
        continue;
      }
      layout::SlotHot& hot = slot.hot;
      settle(hot);
      hot.next_records.store(hot.records.load(relaxed), relaxed);
      hot.base_records.store(hot.records.load(relaxed), relaxed);
      hot.base_bytes.store(hot.bytes.load(relaxed), relaxed);
      hot.base_refused.store(hot.refused.load(relaxed), relaxed);
      hot.base_aborted.store(hot.aborted.load(relaxed), relaxed);
      write_end_info(slot.info, name, mapping.words().tail.tail.load(relaxed));
      slot.info.in_use.store(1, std::memory_order_release);
      // release: who sees the count sees the slot in use.
      mapping.words().state.producers_attached.fetch_add(1, std::memory_order_release);
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<std::uint16_t, std::error_code> take_slot(Mapping& mapping, std::string_view name) {
  // A consumer that looks after the dead holds a slot's lock for a moment, and so do other newcomers and removers.
  bool contended = false;
  LockPatience patience(mapping);
  do {
    contended = false;
    const auto slot = try_take_slot(mapping, name, contended);
    if (!slot) return std::unexpected(slot.error());
    if (*slot) return **slot;
  } while (contended && patience.again());
  if (being_removed(mapping)) return failure(Errc::no_free_slot, mapping.label() + " is just being removed; try again");
  std::size_t unresolved = 0;
  for (const layout::Slot& slot : mapping.slots()) {
    if (slot.info.in_use.load(relaxed) != 0 && !claim_resolved(mapping, slot.hot)) ++unresolved;
  }
  return failure(Errc::no_free_slot, mapping.label() + " has room for " + std::to_string(mapping.slots().size()) +
                                         " producer(s) and all are taken (" + std::to_string(unresolved) +
                                         " in the middle of a claim): stop one; if they died, start a consumer, which "
                                         "recovers their slots; or make the ring with more (logbuf-ctl create " +
                                         (mapping.info().kind == Kind::spsc ? "--kind mpsc)" : "--producers)"));
}

void leave_slot(Mapping& mapping, std::uint16_t slot) noexcept {
  leave(mapping, mapping.slots()[slot].info, slot_lock(slot));
}

bool producer_alive(const Mapping& mapping, std::uint16_t slot) noexcept {
  return end_alive(mapping, mapping.slots()[slot].info, slot_lock(slot));
}

bool with_dead_slot(Mapping& mapping, std::uint16_t slot, bool (*close_books)(Mapping&, layout::Slot&)) {
  layout::Slot& of = mapping.slots()[slot];
  if (mapping.anonymous() || of.info.in_use.load(std::memory_order_acquire) == 0) return false;
  const auto taken = try_lock_byte(mapping.fd(), slot_lock(slot));
  if (!taken || !*taken) return false;
  const bool freed = of.info.in_use.load(std::memory_order_acquire) != 0 && close_books(mapping, of);
  if (freed) {
    leave_slot(mapping, slot);
  } else {
    unlock_byte(mapping.fd(), slot_lock(slot));
  }
  return freed;
}

bool any_producer_alive(const Mapping& mapping) noexcept {
  for (std::uint16_t i = 0; i < mapping.slots().size(); ++i) {
    if (producer_alive(mapping, i)) return true;
  }
  return false;
}

std::expected<void, std::error_code> take_consumer(Mapping& mapping, std::string_view name) {
  layout::EndInfo& info = mapping.words().consumer_info;
  auto taken = take(mapping, info, kConsumerLock);
  // Somebody who may remove the ring has it for a moment, and then perhaps leaves the ring alone.
  for (LockPatience patience(mapping); taken && !*taken && patience.again();)
    taken = take(mapping, info, kConsumerLock);
  if (!taken) return std::unexpected(taken.error());
  if (!*taken && !mapping.anonymous() && (info.in_use.load(std::memory_order_acquire) == 0 || being_removed(mapping))) {
    return failure(Errc::consumer_present, mapping.label() + " is just being attached to, or removed; try again");
  }
  if (!*taken) {
    const EndStatus holder = read_end_info(info);
    return failure(Errc::consumer_present, mapping.label() + " has a consumer already: '" + holder.name + "', pid " +
                                               std::to_string(holder.pid) +
                                               "; a ring has one at a time, stop that one first");
  }
  write_end_info(info, name, mapping.words().tail.tail.load(relaxed));
  info.in_use.store(1, std::memory_order_release);
  mapping.words().state.consumers_attached.fetch_add(1, relaxed);
  return {};
}

void leave_consumer(Mapping& mapping) noexcept {
  leave(mapping, mapping.words().consumer_info, kConsumerLock);
}

bool consumer_alive(const Mapping& mapping) noexcept {
  return end_alive(mapping, mapping.words().consumer_info, kConsumerLock);
}

bool being_removed(const Mapping& mapping) noexcept {
  return !mapping.anonymous() && byte_locked_by_other(mapping.fd(), kRemovalLock);
}

bool LockPatience::again() noexcept {
  constexpr int kYields = 50;
  constexpr int kNaps = 100;
  constexpr timespec kNap = {.tv_sec = 0, .tv_nsec = 1'000'000};
  if (++tries_ <= kYields) {
    ::sched_yield();
    return true;
  }
  if (tries_ > kYields + kNaps || !being_removed(mapping_)) return false;
  ::nanosleep(&kNap, nullptr);
  return true;
}

bool try_lock_all_ends(const Mapping& mapping) noexcept {
  const std::uint64_t behind = slot_lock(static_cast<std::uint16_t>(mapping.slots().size()));
  const auto locked = try_lock_bytes(mapping.fd(), kRemovalLock, behind - kRemovalLock);
  return locked && *locked;
}

bool try_lock_removal(const Mapping& mapping) noexcept {
  const auto locked = try_lock_byte(mapping.fd(), kRemovalLock);
  return locked && *locked;
}

}  // namespace logbuf::detail
