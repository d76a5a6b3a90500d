#include "c/consumer.hpp"

using namespace logbuf;
using namespace logbuf::c;

namespace logbuf::c {

static_assert(LOGBUF_RING_READY == static_cast<int>(RingState::ready) &&
              LOGBUF_RING_IS_EMPTY == static_cast<int>(RingState::empty) &&
              LOGBUF_RING_BLOCKED == static_cast<int>(RingState::blocked) &&
              LOGBUF_RING_UNREADABLE == static_cast<int>(RingState::quarantined));
static_assert(LOGBUF_BLOCKAGE_NONE == static_cast<int>(Blockage::Kind::none) &&
              LOGBUF_BLOCKAGE_WAITING == static_cast<int>(Blockage::Kind::waiting) &&
              LOGBUF_BLOCKAGE_RECOVERED == static_cast<int>(Blockage::Kind::recovered));

logbuf_record record_of(const Record& record) noexcept {
  const auto bytes = record.bytes();
  const auto time_ns = record.time_ns();
  return {.bytes = bytes.data(),
          .length = bytes.size(),
          .position = record.position(),
          .time_ns = time_ns.value_or(0),
          .slot = record.producer(),
          .type = record.type(),
          .has_time = time_ns.has_value()};
}

}  // namespace logbuf::c

extern "C" {

int logbuf_consumer_attach(const char* name, const char* as, logbuf_consumer** consumer) noexcept {
  if (consumer == nullptr) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] { return hand_out(Consumer::attach(text(name), {.name = std::string(text(as))}), consumer); });
}

void logbuf_consumer_detach(logbuf_consumer* consumer) noexcept {
  delete consumer;
}

int logbuf_consumer_try_claim(logbuf_consumer* consumer, logbuf_record* record) noexcept {
  if (consumer == nullptr || record == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (consumer->is_busy()) return LOGBUF_BUSY;
  auto claim = consumer->end.try_claim();
  if (!claim) return LOGBUF_NOTHING;
  *record = record_of(consumer->claim.emplace(std::move(*claim)));
  return LOGBUF_OK;
}

int logbuf_consumer_try_claim_batch(logbuf_consumer* consumer, std::uint64_t max_bytes) noexcept {
  if (consumer == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (consumer->is_busy()) return LOGBUF_BUSY;
  auto batch = consumer->end.try_claim_batch(max_bytes);
  if (!batch) return LOGBUF_NOTHING;
  consumer->batch.emplace(std::move(*batch));
  return LOGBUF_OK;
}

int logbuf_consumer_next(logbuf_consumer* consumer, logbuf_record* record) noexcept {
  if (consumer == nullptr || record == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (!consumer->batch) return LOGBUF_NO_CLAIM;
  const auto next = consumer->batch->next();
  if (!next) return LOGBUF_NOTHING;
  *record = record_of(*next);
  return LOGBUF_OK;
}

int logbuf_consumer_walk(logbuf_consumer* consumer) noexcept {
  if (consumer == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (!consumer->batch) return LOGBUF_NO_CLAIM;
  consumer->batch->walk();
  return LOGBUF_OK;
}

int logbuf_consumer_batch(const logbuf_consumer* consumer, logbuf_batch* to) noexcept {
  if (consumer == nullptr || to == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (!consumer->batch) return LOGBUF_NO_CLAIM;
  const ReadBatch& batch = *consumer->batch;
  *to = {.begin = batch.begin_position(),
         .end = batch.end_position(),
         .data_position = batch.data_position(),
         .data = batch.data().data(),
         .data_bytes = batch.data().size(),
         .records = batch.records(),
         .first_record = batch.first_record()};
  return LOGBUF_OK;
}

int logbuf_consumer_release(logbuf_consumer* consumer) noexcept {
  if (consumer == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (!consumer->is_busy()) return LOGBUF_NO_CLAIM;
  consumer->claim.reset();
  consumer->batch.reset();
  return LOGBUF_OK;
}

int logbuf_consumer_keep(logbuf_consumer* consumer) noexcept {
  if (consumer == nullptr) return LOGBUF_INVALID_ARGUMENT;
  if (!consumer->batch) return LOGBUF_NO_CLAIM;
  consumer->batch->keep();
  consumer->batch.reset();
  return LOGBUF_OK;
}

int logbuf_consumer_state(const logbuf_consumer* consumer) noexcept {
  return consumer == nullptr ? int{LOGBUF_RING_IS_EMPTY} : static_cast<int>(consumer->end.state());
}

int logbuf_consumer_unblock(logbuf_consumer* consumer, logbuf_blockage* blockage) noexcept {
  if (consumer == nullptr || (blockage != nullptr && !has_room(blockage))) return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    const Blockage found = consumer->end.unblock();
    if (blockage == nullptr) return int{LOGBUF_OK};
    logbuf_blockage with{};
    with.position = found.position;
    with.extent_bytes = found.extent_bytes;
    with.since_ns = found.since_ns;
    with.producer = end_status_of(found.producer);
    with.kind = static_cast<std::uint32_t>(found.kind);
    with.slot = slot_or_none(found.slot);
    fill(*blockage, with);
    return int{LOGBUF_OK};
  });
}

bool logbuf_consumer_is_closed(const logbuf_consumer* consumer) noexcept {
  return consumer == nullptr || consumer->end.is_closed();
}

bool logbuf_consumer_has_producers(const logbuf_consumer* consumer) noexcept {
  return consumer != nullptr && consumer->end.has_producers();
}

bool logbuf_consumer_had_producers(const logbuf_consumer* consumer) noexcept {
  return consumer != nullptr && consumer->end.had_producers();
}

std::uint64_t logbuf_consumer_position(const logbuf_consumer* consumer) noexcept {
  return consumer == nullptr ? 0 : consumer->end.position();
}

std::uint64_t logbuf_consumer_tail(const logbuf_consumer* consumer) noexcept {
  return consumer == nullptr ? 0 : consumer->end.tail();
}

std::uint64_t logbuf_consumer_records_consumed(const logbuf_consumer* consumer) noexcept {
  return consumer == nullptr ? 0 : consumer->end.records_consumed();
}

int logbuf_consumer_info(const logbuf_consumer* consumer, logbuf_ring_info* info) noexcept {
  return consumer == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : give_info(consumer->end.info(), info);
}

int logbuf_consumer_status(const logbuf_consumer* consumer, logbuf_ring_status* to, logbuf_producer_status* producers,
                           std::size_t max_producers) noexcept {
  return status(consumer == nullptr ? nullptr : &consumer->end, to, producers, max_producers);
}

int logbuf_consumer_producer(const logbuf_consumer* consumer, std::uint16_t slot,
                             logbuf_end_status* producer) noexcept {
  if (consumer == nullptr || producer == nullptr || slot >= consumer->end.info().max_producers)
    return LOGBUF_INVALID_ARGUMENT;
  return guarded([&] {
    *producer = end_status_of(consumer->end.producer(slot));
    return int{LOGBUF_OK};
  });
}

std::uint32_t logbuf_consumer_incarnation(const logbuf_consumer* consumer, std::uint16_t slot) noexcept {
  return consumer == nullptr ? 0 : consumer->end.incarnation(slot);
}

int logbuf_consumer_refusals(const logbuf_consumer* consumer, std::uint16_t slot, std::uint64_t* total,
                             std::uint64_t* earlier) noexcept {
  if (consumer == nullptr || slot >= consumer->end.info().max_producers) return LOGBUF_INVALID_ARGUMENT;
  const SlotRefusals refusals = consumer->end.refusals(slot);
  if (total != nullptr) *total = refusals.total;
  if (earlier != nullptr) *earlier = refusals.earlier;
  return LOGBUF_OK;
}

int logbuf_consumer_report_archived(logbuf_consumer* consumer, const logbuf_archive_progress* progress) noexcept {
  if (consumer == nullptr || progress == nullptr) return LOGBUF_INVALID_ARGUMENT;
  consumer->end.report_archived({.written = progress->written,
                                 .synced = progress->synced,
                                 .written_seq = progress->written_seq,
                                 .synced_seq = progress->synced_seq});
  return LOGBUF_OK;
}

void logbuf_consumer_close(logbuf_consumer* consumer) noexcept {
  if (consumer != nullptr) consumer->end.close();
}

void logbuf_consumer_park(logbuf_consumer* consumer, std::int64_t timeout_ns) noexcept {
  if (consumer != nullptr) consumer->end.park(timeout_of(timeout_ns));
}

void logbuf_consumer_interrupt(logbuf_consumer* consumer) noexcept {
  if (consumer != nullptr) consumer->end.interrupt();
}
}
