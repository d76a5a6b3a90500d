#include "ring/producer_table.hpp"

#include "platform/failure.hpp"
#include "platform/file_lock.hpp"
#include "ring/end_info.hpp"

namespace logbuf::detail {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Bytes far behind any ring: only their locks matter.
constexpr std::uint64_t kConsumerLock = std::uint64_t{1} << 40;
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

}  // namespace

std::expected<std::uint16_t, std::error_code> take_slot(Mapping& mapping, std::string_view name) {
  const auto slots = mapping.slots();
  for (const Worth worth : {Worth::clean, Worth::records_left, Worth::owner_died}) {
    for (std::uint16_t i = 0; i < slots.size(); ++i) {
      layout::Slot& slot = slots[i];
      // Better than this pass asks for will do: the consumer may have moved head since the last pass.
      if (worth_of(mapping, slot.info) > worth) continue;
      const auto taken = take(mapping, slot.info, slot_lock(i));
      if (!taken) return std::unexpected(taken.error());
      if (!*taken) continue;
      if (!mapping.anonymous() && worth_of(mapping, slot.info) > worth) {
        unlock_byte(mapping.fd(), slot_lock(i));  // somebody was here in between
        continue;
      }
      layout::SlotHot& hot = slot.hot;
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
  return failure(Errc::no_free_slot, mapping.label() + " has room for " + std::to_string(slots.size()) +
                                         " producer(s) and all are attached: stop one, or make the ring with more "
                                         "(logbuf-ctl create " +
                                         (mapping.info().kind == Kind::spsc ? "--kind mpsc)" : "--producers)"));
}

void leave_slot(Mapping& mapping, std::uint16_t slot) noexcept {
  leave(mapping, mapping.slots()[slot].info, slot_lock(slot));
}

bool producer_alive(const Mapping& mapping, std::uint16_t slot) noexcept {
  return end_alive(mapping, mapping.slots()[slot].info, slot_lock(slot));
}

bool any_producer_alive(const Mapping& mapping) noexcept {
  for (std::uint16_t i = 0; i < mapping.slots().size(); ++i) {
    if (producer_alive(mapping, i)) return true;
  }
  return false;
}

std::expected<void, std::error_code> take_consumer(Mapping& mapping, std::string_view name) {
  layout::EndInfo& info = mapping.words().consumer_info;
  const auto taken = take(mapping, info, kConsumerLock);
  if (!taken) return std::unexpected(taken.error());
  if (!*taken) {
    const EndStatus holder = read_end_info(info);
    return failure(Errc::consumer_present, mapping.label() + " has a consumer already: " + holder.name + ", pid " +
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

}  // namespace logbuf::detail
