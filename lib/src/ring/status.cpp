#include "ring/status.hpp"

#include <logbuf/detail/producer_core.hpp>
#include <logbuf/intent.hpp>

#include "platform/futex.hpp"
#include "ring/end_info.hpp"
#include "ring/positions.hpp"
#include "ring/producer_table.hpp"
#include "ring/recovery.hpp"
#include "ring/relaxed.hpp"

namespace logbuf::detail {
namespace {

// A producer that has just come may have its bases beyond the counters that were read a moment before.
std::uint64_t since(const layout::Word<std::uint64_t>& base, std::uint64_t counter) {
  const std::uint64_t before = base.load(std::memory_order_relaxed);
  return counter > before ? counter - before : 0;
}

}  // namespace

RingStatus read_status(const Mapping& mapping) {
  const layout::Segment& words = mapping.words();
  RingStatus status;
  status.head = words.consumer.head.load(std::memory_order_acquire);
  const auto count = read_consumed(words.consumer);
  status.consumed = count ? count->consumed : words.consumer.consumed.load(std::memory_order_acquire);
  status.records_consumed = count ? count->records : 0;
  status.tail = words.tail.tail.load(std::memory_order_acquire);
  const std::uint32_t state = words.state.state.load(std::memory_order_acquire);
  status.closed = (state & layout::kClosed) != 0;
  status.quarantined = (state & layout::kQuarantined) != 0;
  status.quarantine_position = words.state.quarantine_position.load(relaxed);
  status.quarantine_header = words.state.quarantine_header.load(relaxed);
  status.producers_attached = words.state.producers_attached.load(relaxed);
  status.consumers_attached = words.state.consumers_attached.load(relaxed);
  status.holes = words.state.holes.load(relaxed) >> layout::kHolesShift;
  ArchiveProgress progress;
  progress.synced = words.archive.synced.load(std::memory_order_acquire);
  progress.synced_seq = words.archive.synced_seq.load(std::memory_order_acquire);
  progress.written = words.archive.written.load(std::memory_order_acquire);
  progress.written_seq = words.archive.written_seq.load(std::memory_order_acquire);
  if (progress.written != 0) status.archive = progress;
  const Position at = status.consumed;
  if (at < status.tail && at % record::kAlignment == 0 &&
      header_word(mapping.ring() + (at & (mapping.info().capacity - 1))).load(std::memory_order_acquire) == 0 &&
      words.consumer.consumed.load(std::memory_order_acquire) == at) {
    BlockedStatus& blocked = status.blocked.emplace(BlockedStatus{.position = at, .since_ns = 0, .slot = {}});
    if (words.state.blocked_position.load(relaxed) == at) blocked.since_ns = words.state.blocked_since_ns.load(relaxed);
    for (std::uint16_t i = 0; i < mapping.slots().size(); ++i) {
      const std::uint64_t word = mapping.slots()[i].hot.intent.load(relaxed);
      if (intent::begins_at(word, at) && (!blocked.slot || intent::won(word))) blocked.slot = i;
    }
  }
  if (words.consumer_info.in_use.load(std::memory_order_acquire) != 0) {
    status.consumer = read_end_info(words.consumer_info);
    status.consumer->alive = consumer_alive(mapping);
  }
  std::uint16_t index = 0;
  for (const layout::Slot& slot : mapping.slots()) {
    const layout::SlotHot& hot = slot.hot;
    const bool in_use = slot.info.in_use.load(std::memory_order_acquire) != 0;
    const bool alive = in_use && producer_alive(mapping, index);
    const std::uint64_t records = in_use && !alive ? records_of_dead(mapping, hot) : hot.records.load(relaxed);
    const std::uint64_t bytes = hot.bytes.load(relaxed);
    const std::uint64_t refused = hot.refused.load(relaxed);
    const std::uint64_t aborted = hot.aborted.load(relaxed);
    status.total_records += records;
    status.total_bytes += bytes;
    status.total_refused += refused;
    status.total_aborted += aborted;
    if (in_use) {
      ProducerStatus& producer = status.producers.emplace_back();
      static_cast<EndStatus&>(producer) = read_end_info(slot.info);
      producer.alive = alive;
      producer.slot = index;
      producer.records = since(hot.base_records, records);
      producer.bytes = since(hot.base_bytes, bytes);
      producer.refused = since(hot.base_refused, refused);
      producer.aborted = since(hot.base_aborted, aborted);
    }
    ++index;
  }
  return status;
}

void close_ring(const Mapping& mapping) noexcept {
  layout::Segment& words = mapping.words();
  words.state.state.fetch_or(layout::kClosed, std::memory_order_release);
  // As in ProducerCore::notify(), with `state` in the header's place.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  words.park.parked.store(0, std::memory_order_relaxed);
  futex_wake_all(words.park.parked);
}

}  // namespace logbuf::detail
