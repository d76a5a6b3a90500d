#include "c/status.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "platform/failure.hpp"

namespace logbuf::c {

static_assert(LOGBUF_MPSC == static_cast<int>(Kind::mpsc) && LOGBUF_SPSC == static_cast<int>(Kind::spsc));

std::expected<SegmentOptions, int> options_of(const logbuf_segment_options* options) {
  if (options == nullptr) return SegmentOptions{};
  constexpr std::size_t kLargest = 4096;  // more than any version will have
  if (options->size < sizeof *options || options->size > kLargest) return std::unexpected(LOGBUF_INVALID_ARGUMENT);
  const auto* const bytes = reinterpret_cast<const std::byte*>(options);
  if (options->reserved[0] != 0 || options->reserved[1] != 0 ||
      std::any_of(bytes + sizeof *options, bytes + options->size, [](std::byte b) { return b != std::byte{0}; })) {
    return std::unexpected(result_of(
        failure(Errc::invalid_option, "an option was given that this library does not know: use a later one").error()));
  }
  if (options->kind > LOGBUF_SPSC) {
    return std::unexpected(
        result_of(failure(Errc::invalid_option, "the kind of a ring is LOGBUF_MPSC (0) or LOGBUF_SPSC (1)").error()));
  }
  return SegmentOptions{.capacity = options->capacity,
                        .kind = static_cast<Kind>(options->kind),
                        .max_producers = options->max_producers,
                        .mode = options->mode,
                        .group = std::string(text(options->group)),
                        .timestamps = options->timestamps,
                        .huge_pages = options->huge_pages};
}

logbuf_end_status end_status_of(const EndStatus& end) noexcept {
  logbuf_end_status to{};
  to.pid_start = end.pid_start;
  to.attached_ns = end.attached_ns;
  to.attached_at = end.attached_at;
  to.pid = end.pid;
  to.alive = end.alive;
  copy_name(to.name, end.name);
  return to;
}

int give_info(const RingInfo& info, logbuf_ring_info* to) noexcept {
  if (!has_room(to)) return LOGBUF_INVALID_ARGUMENT;
  logbuf_ring_info with{};
  copy_name(with.name, info.name);
  std::memcpy(with.uuid, info.uuid.data(), sizeof with.uuid);
  with.segment_size = info.segment_size;
  with.capacity = info.capacity;
  with.max_payload = info.max_payload;
  with.created_ns = info.created_ns;
  with.kind = static_cast<std::uint32_t>(info.kind);
  with.max_producers = info.max_producers;
  with.layout_version = info.layout_version;
  with.creator_pid = info.creator_pid;
  with.timestamps = info.timestamps;
  fill(*to, with);
  return LOGBUF_OK;
}

int give_status(const RingStatus& status, logbuf_ring_status& to, logbuf_producer_status* producers,
                std::size_t max_producers) noexcept {
  logbuf_ring_status with{};
  with.tail = status.tail;
  with.consumed = status.consumed;
  with.head = status.head;
  with.records_consumed = status.records_consumed;
  with.producers_attached = status.producers_attached;
  with.total_records = status.total_records;
  with.total_bytes = status.total_bytes;
  with.total_refused = status.total_refused;
  with.total_aborted = status.total_aborted;
  with.holes = status.holes;
  with.quarantine_position = status.quarantine_position;
  with.quarantine_header = status.quarantine_header;
  with.consumers_attached = status.consumers_attached;
  with.closed = status.closed;
  with.quarantined = status.quarantined;
  if (status.archive) {
    with.has_archive = true;
    with.archive_written = status.archive->written;
    with.archive_synced = status.archive->synced;
    with.archive_written_seq = status.archive->written_seq;
    with.archive_synced_seq = status.archive->synced_seq;
  }
  with.blocked_slot = -1;
  if (status.blocked) {
    with.is_blocked = true;
    with.blocked_position = status.blocked->position;
    with.blocked_since_ns = status.blocked->since_ns;
    with.blocked_slot = slot_or_none(status.blocked->slot);
  }
  if (status.consumer) {
    with.has_consumer = true;
    with.consumer = end_status_of(*status.consumer);
  }
  with.producers = status.producers.size();
  fill(to, with);
  for (const ProducerStatus& producer :
       std::span(status.producers).first(std::min(max_producers, status.producers.size()))) {
    *producers++ = {.end = end_status_of(producer),
                    .records = producer.records,
                    .bytes = producer.bytes,
                    .refused = producer.refused,
                    .aborted = producer.aborted,
                    .slot = producer.slot,
                    .reserved = {}};
  }
  return LOGBUF_OK;
}

}  // namespace logbuf::c
