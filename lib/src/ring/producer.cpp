#include <logbuf/producer.hpp>

#include <cstring>

#include <logbuf/intent.hpp>

#include "platform/barrier.hpp"
#include "platform/clock.hpp"
#include "platform/failure.hpp"
#include "platform/futex.hpp"
#include "platform/process.hpp"
#include "ring/attach.hpp"
#include "ring/mapping.hpp"
#include "ring/positions.hpp"
#include "ring/producer_table.hpp"
#include "ring/relaxed.hpp"

namespace logbuf {
namespace detail {

struct ProducerAttachment {
  std::shared_ptr<Mapping> mapping;
  std::string name;
};

std::expected<ProducerPointer, std::error_code> attach_producer(std::shared_ptr<Mapping> mapping, Kind kind,
                                                                std::string_view name) {
  const RingInfo& info = mapping->info();
  if (info.kind != kind) {
    const auto word = [](Kind k) { return k == Kind::mpsc ? "mpsc" : "spsc"; };
    return failure(Errc::wrong_kind,
                   mapping->label() + " is " + word(info.kind) + ", and this producer is " + word(kind));
  }
  if (name.size() > layout::kMaxEndName) {
    return failure(Errc::invalid_option,
                   "a producer's name has at most 79 bytes, this one has " + std::to_string(name.size()));
  }
  const std::uint32_t state = mapping->words().state.state.load(relaxed);
  if ((state & layout::kQuarantined) != 0) {
    return failure(Errc::ring_quarantined,
                   mapping->label() + " is quarantined, its bytes are damaged (see logbuf-ctl inspect)");
  }
  if (state != 0) return failure(Errc::ring_closed, mapping->label() + " is closed: remove it and make it anew");
  const auto slot = take_slot(*mapping, name);
  if (!slot) return std::unexpected(slot.error());
  // Behind the slot: until then an spsc ring's last producer may still have moved tail.
  const auto positions = read_positions(*mapping);
  if (!positions) {
    leave_slot(*mapping, *slot);
    return std::unexpected(positions.error());
  }

  layout::SlotHot& hot = mapping->slots()[*slot].hot;
  const ForkCheck fork = fork_check();
  ProducerPointer core(new ProducerCore);
  core->ring = mapping->ring();
  core->capacity = info.capacity;
  core->offset_mask = (info.capacity - 1) & ~std::uint64_t{record::kAlignment - 1};
  core->fetch_ahead = ProducerCore::fetch_ahead_for(info.capacity);
  core->header_bytes = record::header_size(info.timestamps);
  core->max_payload = static_cast<std::uint32_t>(info.max_payload);
  core->slot_number = *slot;
  core->words = &mapping->words();
  core->slot = &hot;
  core->fork_word = fork.word;
  core->fork_value = fork.value;
  core->cached_head = positions->head;
  core->own_tail = positions->tail;
  core->records = hot.records.load(relaxed);
  core->bytes = hot.bytes.load(relaxed);
  core->refused = hot.refused.load(relaxed);
  core->aborted = hot.aborted.load(relaxed);
  core->attachment = new ProducerAttachment{.mapping = std::move(mapping), .name = std::string(name)};
  return core;
}

// A claim that outlives its producer can never be committed: as if it had been aborted.
void ProducerCore::abandon() noexcept {
  const std::uint64_t word = slot->intent.load(relaxed);
  const Position begin = intent::distance_from(word, 0);  // modulo the window, which is many whole laps
  const std::uint64_t extent = intent::extent_bytes(word);
  const std::uint64_t room = capacity - (begin & offset_mask);
  const std::uint64_t skip = extent > room ? room : 0;
  abort({.core = this,
         .begin = ring + (begin & offset_mask),
         .record = skip == 0 ? ring + (begin & offset_mask) : ring,
         .extent = extent - skip,
         .skip = skip,
         .position = begin,
         .length = 0,
         .type = 0});
}

void ProducerDeleter::operator()(ProducerCore* core) const noexcept {
  if (core->attachment != nullptr) {
    if (!core->forked()) {
      if (core->claim_open) core->abandon();
      Mapping& mapping = *core->attachment->mapping;
      leave_slot(mapping, core->slot_number);
      // release: who sees this sees in_use cleared; pairs with Consumer::park().
      core->words->state.producers_left.fetch_add(1, std::memory_order_release);
      core->wake_always();  // a receiver may be waiting for the last producer to go
    }
    delete core->attachment;
  }
  delete core;
}

ClaimError ProducerCore::refuse() noexcept {
  if (forked() || state().load(relaxed) != 0) return ClaimError::disconnected;
  return ClaimError::busy;
}

bool ProducerCore::has_consumer() const noexcept {
  return consumer_alive(*attachment->mapping);
}

void ProducerCore::wake() noexcept {
  // One wake a park: whoever takes the flag owes it.
  if (words->park.parked.exchange(0, relaxed) != 0) futex_wake_all(words->park.parked);
}

void ProducerCore::wake_on_commit() noexcept {
  notify_on_commit = true;
  registered_for_barriers = register_for_barriers();
}

void ProducerCore::wake_always() noexcept {
  // As in notify(): what was stored before this call is seen by a park that does not see the wake.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  words->park.parked.store(0, relaxed);
  futex_wake_all(words->park.parked);
}

void ProducerCore::stamp(std::byte* record) noexcept {
  const std::int64_t now = realtime_ns();
  std::memcpy(record + record::kHeaderSize, &now, sizeof now);
}

}  // namespace detail

template <Kind K>
std::expected<Producer<K>, std::error_code> Producer<K>::attach(std::string_view name, const ProducerOptions& options) {
  auto core = detail::attach_by_name(name, [&](std::shared_ptr<detail::Mapping> mapping) {
    return detail::attach_producer(std::move(mapping), K, options.name);
  });
  if (!core) return std::unexpected(core.error());
  return Producer(std::move(*core));
}

template <Kind K>
std::expected<Producer<K>, std::error_code> Producer<K>::clone() const {
  if (core_->forked()) {
    return failure(Errc::not_permitted,
                   core_->attachment->mapping->label() +
                       ": a producer that fork() copied cannot be cloned; attach anew in the child");
  }
  auto mapping = detail::Mapping::again(core_->attachment->mapping, true);
  if (!mapping) return std::unexpected(mapping.error());
  auto core = detail::attach_producer(std::move(*mapping), K, core_->attachment->name);
  if (!core) return std::unexpected(core.error());
  return Producer(std::move(*core));
}

template class Producer<Kind::mpsc>;
template class Producer<Kind::spsc>;

}  // namespace logbuf
