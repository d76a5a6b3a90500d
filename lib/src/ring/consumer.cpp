#include <logbuf/consumer.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include <logbuf/intent.hpp>

#include "platform/barrier.hpp"
#include "platform/failure.hpp"
#include "platform/futex.hpp"
#include "platform/process.hpp"
#include "ring/attach.hpp"
#include "ring/end_info.hpp"
#include "ring/mapping.hpp"
#include "ring/positions.hpp"
#include "ring/producer_table.hpp"
#include "ring/recovery.hpp"
#include "ring/relaxed.hpp"
#include "ring/status.hpp"

namespace logbuf {
namespace detail {

struct ConsumerAttachment {
  std::shared_ptr<Mapping> mapping;
};

namespace {

// Where the kernel, or a sandbox, allows no barrier for all: by then a store that was made before we parked is visible.
constexpr std::chrono::milliseconds kStoresArrive(1);

// Waits for so long, unless it is woken before; says how long it was.
std::chrono::nanoseconds wait_for_stores(const std::atomic<std::uint32_t>& parked, std::chrono::nanoseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  for (;;) {
    const auto waited = Clock::now() - begun;
    const auto left = std::min<std::chrono::nanoseconds>(timeout, kStoresArrive) - waited;
    if (left.count() <= 0 || parked.load(relaxed) != 1) return waited;
    futex_wait(parked, 1, left);
  }
}

// [from, to) of the ring, which may pass the end of a lap.
void zero_span(std::byte* ring, std::uint64_t capacity, Position from, Position to) noexcept {
  const std::uint64_t offset = from & (capacity - 1);
  const std::uint64_t length = to - from;
  const std::uint64_t first = length < capacity - offset ? length : capacity - offset;
  std::memset(ring + offset, 0, first);
  std::memset(ring, 0, length - first);
}

}  // namespace

std::expected<ConsumerPointer, std::error_code> attach_consumer(std::shared_ptr<Mapping> mapping,
                                                                std::string_view name) {
  if (name.size() > layout::kMaxEndName) {
    return failure(Errc::invalid_option,
                   "a consumer's name has at most 79 bytes, this one has " + std::to_string(name.size()));
  }
  layout::Segment& words = mapping->words();
  if (auto taken = take_consumer(*mapping, name); !taken) return std::unexpected(taken.error());
  const auto given_up = [&](std::error_code error) {
    leave_consumer(*mapping);
    return std::unexpected(error);
  };
  if ((words.state.state.load(std::memory_order_acquire) & layout::kQuarantined) != 0) {
    return given_up(failure(Errc::ring_quarantined,
                            mapping->label() + " is quarantined: the header at position " +
                                std::to_string(words.state.quarantine_position.load(relaxed)) +
                                " is none of ours (see logbuf-ctl inspect); remove the ring and make it anew")
                        .error());
  }
  const auto positions = read_positions(*mapping);
  if (!positions) return given_up(positions.error());
  if (positions->consumed - positions->head > mapping->info().capacity) {
    return given_up(
        failure(Errc::damaged_ring, mapping->label() + ": head is more than a lap behind consumed").error());
  }

  const RingInfo& info = mapping->info();
  const ForkCheck fork = fork_check();
  ConsumerPointer core(new ConsumerCore);
  core->ring = mapping->ring();
  core->capacity = info.capacity;
  core->header_bytes = record::header_size(info.timestamps);
  core->max_producers = info.max_producers;
  core->words = &words;
  core->fork_word = fork.word;
  core->fork_value = fork.value;
  core->position = positions->consumed;
  core->cached_tail = positions->tail;
  core->records = positions->records_consumed;
  core->next_count = words.consumer.counts[0].position.load(relaxed) == positions->consumed ? 1 : 0;
  core->attachment = new ConsumerAttachment{.mapping = mapping};
  if (positions->head < positions->consumed) {
    // A predecessor died while it released: its records are spoken for, and the span may be half zeroed, so
    // it cannot be walked; zeroing it once more does no harm.
    zero_span(core->ring, core->capacity, positions->head, positions->consumed);
    words.consumer.head.store(positions->consumed, std::memory_order_release);
  }
  core->sweep();
  return core;
}

void ConsumerDeleter::operator()(ConsumerCore* core) const noexcept {
  if (core->attachment != nullptr) {
    if (!core->forked()) {
      Mapping& mapping = *core->attachment->mapping;
      // An anonymous ring has no other consumer to come.
      if (mapping.anonymous()) core->words->state.state.fetch_or(layout::kClosed, std::memory_order_release);
      leave_consumer(mapping);
    }
    delete core->attachment;
  }
  delete core;
}

void ConsumerCore::release(Position end, std::uint64_t count) noexcept {
  if (end == position || forked()) return;
  layout::ConsumerLine& line = words->consumer;
  records += count;
  // The count first, for `end`; then consumed, which makes it the valid one. See ring/positions.cpp.
  // release: who sees this count sees that the other one is the valid one, or older.
  line.counts[next_count].records.store(records, std::memory_order_release);
  line.counts[next_count].position.store(end, std::memory_order_release);
  next_count ^= 1U;
  line.consumed.store(end, std::memory_order_release);
  // The zeroes come after consumed: a looker that copied them finds consumed beyond what it copied.
  std::atomic_thread_fence(std::memory_order_release);
  zero_span(ring, capacity, position, end);
  position = end;
  if (blocked) {
    blocked = false;
    words->state.blocked_since_ns.store(0, relaxed);
  }
  // release: publishes the zeroes; pairs with the producers' acquire load of head.
  line.head.store(end, std::memory_order_release);
  if (end >= next_sweep) [[unlikely]]
    sweep();
}

void ConsumerCore::sweep() noexcept {
  // A dead producer's intent must be gone before positions come round to it again.
  next_sweep = position + intent::kWindow_bytes / 4;
  retire_dead(*attachment->mapping);
}

bool ConsumerCore::advance_to_record() noexcept {
  for (;;) {
    Walk walk = begin_walk(capacity);
    // A dead producer's claim is something to tell, even without a record behind it.
    if (next(walk) || walk.data_end != walk.data_begin) {
      if (walk.data_begin != position) release(walk.data_begin, 0);
      return true;
    }
    if (walk.at == position) return false;
    release(walk.at, 0);
  }
}

bool ConsumerCore::is_stray(std::uint64_t header) noexcept {
  // Tail after header: the claim that a producer's header belongs to is seen here.
  if (header == 0 || claimed(position + 1)) return false;
  if (!forked()) quarantine(position, header);
  return true;
}

void ConsumerCore::quarantine(Position where, std::uint64_t word) noexcept {
  layout::StateLine& line = words->state;
  if ((line.state.load(relaxed) & layout::kQuarantined) != 0) return;
  line.quarantine_position.store(where, relaxed);
  line.quarantine_header.store(word, relaxed);
  // release: publishes where and what.
  line.state.fetch_or(layout::kQuarantined, std::memory_order_release);
}

}  // namespace detail

std::expected<Consumer, std::error_code> Consumer::attach(std::string_view name, const ConsumerOptions& options) {
  auto core = detail::attach_by_name(name, [&](std::shared_ptr<detail::Mapping> mapping) {
    return detail::attach_consumer(std::move(mapping), options.name);
  });
  if (!core) return std::unexpected(core.error());
  return Consumer(std::move(*core));
}

RingState Consumer::state() const noexcept {
  detail::ConsumerCore& core = *core_;
  if ((core.words->state.state.load(std::memory_order_acquire) & layout::kQuarantined) != 0)
    return RingState::quarantined;
  // Tail after header: a claim that is seen here had not been committed there.
  const std::uint64_t header = core.load_header(core.position);
  if (core.claimed(core.position + 1))
    return header != 0 || core.load_header(core.position) != 0 ? RingState::ready : RingState::blocked;
  return core.is_stray(header) ? RingState::quarantined : RingState::empty;
}

Blockage Consumer::unblock() {
  detail::ConsumerCore& core = *core_;
  if (core.claim_open || core.forked() || state() != RingState::blocked) return {};
  const Blockage blockage = detail::unblock(*core.attachment->mapping, core.position);
  core.blocked = blockage.kind == Blockage::Kind::waiting;
  return blockage;
}

bool Consumer::is_closed() const noexcept {
  return (core_->words->state.state.load(std::memory_order_acquire) & layout::kClosed) != 0;
}

bool Consumer::has_producers() const noexcept {
  return detail::any_producer_alive(*core_->attachment->mapping);
}

bool Consumer::had_producers() const noexcept {
  return core_->words->state.producers_attached.load(std::memory_order_acquire) != 0;
}

Position Consumer::position() const noexcept {
  return core_->position;
}
Position Consumer::tail() const noexcept {
  return core_->words->tail.tail.load(std::memory_order_acquire);
}
std::uint64_t Consumer::records_consumed() const noexcept {
  return core_->records;
}
const RingInfo& Consumer::info() const noexcept {
  return core_->attachment->mapping->info();
}
EndStatus Consumer::producer(std::uint16_t slot) const {
  const auto slots = core_->attachment->mapping->slots();
  return slot < slots.size() ? detail::read_end_info(slots[slot].info) : EndStatus{};
}

std::uint32_t Consumer::incarnation(std::uint16_t slot) const noexcept {
  const auto slots = core_->attachment->mapping->slots();
  // acquire: what producer() then reads is at least as new as this.
  return slot < slots.size() ? slots[slot].info.incarnation.load(std::memory_order_acquire) : 0;
}

SlotRefusals Consumer::refusals(std::uint16_t slot) const noexcept {
  const auto slots = core_->attachment->mapping->slots();
  if (slot >= slots.size()) return {};
  const layout::SlotHot& hot = slots[slot].hot;
  // relaxed: published by `incarnation`, which the caller compares. acquire: tail, read behind it, is not older than
  // the refusals.
  return {.total = hot.refused.load(std::memory_order_acquire),
          .earlier = hot.base_refused.load(std::memory_order_relaxed)};
}

RingStatus Consumer::status() const {
  RingStatus status = detail::read_status(*core_->attachment->mapping);
  // A lock does not show to the descriptor that holds it.
  if (status.consumer && !core_->forked()) status.consumer->alive = true;
  return status;
}

void Consumer::close() noexcept {
  if (core_->forked()) return;
  detail::close_ring(*core_->attachment->mapping);
}

void Consumer::park(std::chrono::nanoseconds timeout) noexcept {
  detail::ConsumerCore& core = *core_;
  if (core.forked()) return;
  auto& parked = core.words->park.parked;
  parked.store(1, std::memory_order_relaxed);
  // Pairs with the fence in ProducerCore::notify(), or is in its place: either the look below sees the producer's
  // header, or the producer sees `parked`.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool all_looked = barrier_for_all();
  const std::uint32_t state = core.words->state.state.load(std::memory_order_relaxed);
  const bool over = (state & layout::kQuarantined) != 0 || (state != 0 && !core.claimed(core.position + 1));
  // Somebody who asked before whether producers are there may have been told yes. Pairs with the fence in
  // wake_always(). acquire: who asks again, because of this news, is told no.
  const std::uint64_t left = core.words->state.producers_left.load(std::memory_order_acquire);
  const bool news = left != std::exchange(core.producers_left_seen, left);
  const std::uint64_t header = core.load_header(core.position);
  // Who looks at nothing but records would be back here at once, for ever.
  static_cast<void>(core.is_stray(header));
  if (!core.interrupted.exchange(false, std::memory_order_acquire) && !over && !news && header == 0) {
    // Without a barrier a sender may have looked at `parked` too early, with its header's store still on the way: that
    // one is there at the second look, and whoever commits from then on sees that we sleep.
    if (!all_looked) timeout -= detail::wait_for_stores(parked, timeout);
    if (all_looked || (timeout.count() > 0 && core.load_header(core.position) == 0)) futex_wait(parked, 1, timeout);
  }
  parked.store(0, std::memory_order_relaxed);
}

void Consumer::interrupt() noexcept {
  if (core_->forked()) return;
  core_->interrupted.store(true, std::memory_order_release);
  // As in ProducerCore::notify(), with `interrupted` in the header's place.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  auto& parked = core_->words->park.parked;
  if (parked.exchange(0, std::memory_order_relaxed) != 0) futex_wake_all(parked);
}

}  // namespace logbuf
