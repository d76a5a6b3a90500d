#include <logbuf/queue.hpp>

#include "c/consumer.hpp"
#include "c/status.hpp"
#include "c/writing_end.hpp"

using namespace logbuf;
using namespace logbuf::c;

struct logbuf_producer : WritingEnd<Producer> {
  using WritingEnd::WritingEnd;
};

namespace {

static_assert(LOGBUF_RETRY == static_cast<int>(IfFull::retry) && LOGBUF_DROP == static_cast<int>(IfFull::drop));

bool is_if_full(int if_full) noexcept {
  return if_full == LOGBUF_RETRY || if_full == LOGBUF_DROP;
}

auto one(std::size_t length, std::uint16_t type, int if_full) noexcept {
  return [=](auto& producer) noexcept { return producer.try_claim(length, type, static_cast<IfFull>(if_full)); };
}

}  // namespace

extern "C" {

int logbuf_queue_create(const logbuf_segment_options* options, logbuf_producer** producer,
                        logbuf_consumer** consumer) noexcept {
  return create_ends(options, producer, consumer, [](const SegmentOptions& wanted, auto kind) {
    if constexpr (kind() == Kind::spsc) {
      return queue::spsc::create(wanted);
    } else {
      return queue::mpsc::create(wanted);
    }
  });
}

int logbuf_producer_attach(const char* name, const char* as, logbuf_producer** producer) noexcept {
  return logbuf_producer::attach(name, as, producer);
}

int logbuf_producer_clone(const logbuf_producer* producer, logbuf_producer** another) noexcept {
  return producer == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : producer->clone(another);
}

void logbuf_producer_detach(logbuf_producer* producer) noexcept {
  delete producer;
}

int logbuf_producer_try_claim(logbuf_producer* producer, std::size_t length, std::uint16_t type, int if_full,
                              void** bytes) noexcept {
  if (producer == nullptr || bytes == nullptr || !is_if_full(if_full)) return LOGBUF_INVALID_ARGUMENT;
  return producer->claim(one(length, type, if_full), bytes);
}

int logbuf_producer_try_claim_batch(logbuf_producer* producer, const std::size_t* lengths, std::size_t count,
                                    std::uint16_t type, int if_full, void** bytes) noexcept {
  if (producer == nullptr || lengths == nullptr || bytes == nullptr || !is_if_full(if_full))
    return LOGBUF_INVALID_ARGUMENT;
  return producer->claim_batch(
      [&](auto& end) noexcept {
        return end.try_claim_batch(std::span(lengths, count), type, static_cast<IfFull>(if_full));
      },
      bytes);
}

int logbuf_producer_commit(logbuf_producer* producer, std::uint64_t* position) noexcept {
  return producer == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : producer->commit(position);
}

int logbuf_producer_abort(logbuf_producer* producer) noexcept {
  return producer == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : producer->abort();
}

int logbuf_producer_try_write(logbuf_producer* producer, const void* bytes, std::size_t length, std::uint16_t type,
                              int if_full, std::uint64_t* position) noexcept {
  if (producer == nullptr || !is_if_full(if_full)) return LOGBUF_INVALID_ARGUMENT;
  return producer->write(one(length, type, if_full), bytes, length, position);
}

void logbuf_producer_notify(logbuf_producer* producer) noexcept {
  if (producer != nullptr) producer->notify();
}

int logbuf_producer_wait_durable(const logbuf_producer* producer, std::uint64_t position,
                                 std::int64_t timeout_ns) noexcept {
  return producer == nullptr ? int{LOGBUF_INVALID_ARGUMENT} : producer->wait_durable(position, timeout_ns);
}

std::size_t logbuf_producer_max_payload(const logbuf_producer* producer) noexcept {
  return producer == nullptr ? 0 : producer->of_either([](const auto& end) { return end.max_payload(); });
}

std::uint16_t logbuf_producer_slot(const logbuf_producer* producer) noexcept {
  return producer == nullptr ? std::uint16_t{0} : producer->of_either([](const auto& end) { return end.slot(); });
}

bool logbuf_producer_is_closed(const logbuf_producer* producer) noexcept {
  return producer == nullptr || producer->of_either([](const auto& end) { return end.is_closed(); });
}

bool logbuf_producer_has_consumer(const logbuf_producer* producer) noexcept {
  return producer != nullptr && producer->of_either([](const auto& end) { return end.has_consumer(); });
}
}
