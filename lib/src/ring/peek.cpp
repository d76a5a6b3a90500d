#include <logbuf/peek.hpp>

#include <time.h>

#include <algorithm>
#include <vector>

#include <logbuf/detail/producer_core.hpp>

#include "platform/failure.hpp"
#include "platform/futex.hpp"
#include "ring/end_info.hpp"
#include "ring/mapping.hpp"
#include "ring/positions.hpp"
#include "ring/relaxed.hpp"

namespace logbuf {
namespace {

using detail::relaxed;

// While the consumer is awake it takes records up within about a millisecond; looking this often sees most of
// them.
constexpr std::chrono::nanoseconds kNap = std::chrono::microseconds(200);

// Word by word, while the consumer may be zeroing: what was copied counts only if consumed has not passed it.
// Not instrumented: the race is what the check behind it is for.
__attribute__((no_sanitize("thread"))) void copy_words(std::vector<std::uint64_t>& to, const std::byte* from,
                                                       std::uint64_t bytes) {
  to.resize(bytes / 8);
  const auto* words = reinterpret_cast<const std::uint64_t*>(from);
  for (std::uint64_t& word : to) word = __atomic_load_n(words++, __ATOMIC_RELAXED);
}

}  // namespace

struct Peek::State {
  using Next = std::expected<std::optional<Peeked>, std::error_code>;

  std::shared_ptr<detail::Mapping> mapping;
  std::uint32_t header_bytes = 0;
  Position at = 0;
  std::uint64_t seq = 0;
  std::vector<std::uint64_t> copy;
  std::string name;

  layout::Segment& words() const { return mapping->words(); }
  bool overtaken() const {
    // The copy, then consumed: pairs with the fence in ConsumerCore::release, between consumed and the
    // zeroing. The next lap's bytes come behind a load of head, and so behind consumed, wherever all processors see one
    // memory (x86, ARMv8).
    std::atomic_thread_fence(std::memory_order_acquire);
    return words().consumer.consumed.load(relaxed) > at;
  }

  // Goes on where the consumer has come to. Nothing: only skips were missed, or the words make no sense.
  std::optional<Missed> catch_up() {
    const auto count = detail::read_consumed(words().consumer);
    if (!count || count->consumed % record::kAlignment != 0 || count->consumed <= at) return std::nullopt;
    const Missed missed = {
        .records = count->records > seq ? count->records - seq : 0, .from = at, .to = count->consumed};
    at = count->consumed;
    seq = std::max(seq, count->records);
    if (missed.records == 0) return std::nullopt;
    return missed;
  }

  // Slots are used again: the name is this record's only if its holder attached before it.
  std::string_view name_of(std::uint16_t slot) {
    const EndStatus holder = detail::read_end_info(mapping->slots()[slot].info);
    name = holder.attached_at <= at ? holder.name : "";
    return name;
  }

  Next next() {
    const std::uint64_t capacity = mapping->info().capacity;
    // Skips for a whole lap: the caller may look again. (In a damaged ring they could go on for ever.)
    for (std::uint64_t skipped = 0; skipped <= capacity;) {
      const Position before = at;
      // At tail of a full ring stands the header of a lap before, which is not this position's. acquire: what
      // has been claimed had been zeroed.
      const Position tail = words().tail.tail.load(std::memory_order_acquire);
      if (at >= tail && !overtaken()) return std::nullopt;
      std::byte* const header_at = mapping->ring() + (at & (capacity - 1));
      const std::uint64_t word = detail::header_word(header_at).load(std::memory_order_acquire);
      const std::uint64_t room = capacity - (at & (capacity - 1));
      const record::Header header = record::unpack(word);
      const std::uint64_t extent = word == 0 ? 0 : record::extent_of(header, header_bytes, room);
      const bool sound = extent != 0 && header.slot < mapping->info().max_producers;
      if (sound && !header.skip) copy_words(copy, header_at, extent);
      if (overtaken()) {
        if (auto missed = catch_up()) return *missed;
        skipped += std::max<std::uint64_t>(at - before, record::kAlignment);
        continue;
      }
      if (word == 0) return std::nullopt;
      if (!sound || at + extent > words().tail.tail.load(std::memory_order_acquire)) {
        return failure(Errc::ring_quarantined, mapping->label() + ": the header at position " + std::to_string(at) +
                                                   " is none of ours; the ring is damaged from there on");
      }
      if (header.skip) {
        at += extent;
        skipped += extent;
        continue;
      }
      PeekedRecord record;
      record.seq = seq++;
      record.position = at;
      if (header_bytes == record::kTimestampedHeaderSize) record.time_ns = static_cast<std::int64_t>(copy[1]);
      record.slot = header.slot;
      record.type = header.type;
      record.producer = name_of(header.slot);
      record.bytes = {reinterpret_cast<const std::byte*>(copy.data()) + header_bytes, header.length};
      at += extent;
      return record;
    }
    return std::nullopt;
  }
};

Peek::Peek(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Peek::Peek(Peek&&) noexcept = default;
Peek& Peek::operator=(Peek&&) noexcept = default;
Peek::~Peek() = default;

std::expected<Peek, std::error_code> Peek::open(std::string_view name) {
  auto mapping = detail::Mapping::open(name, detail::Mapping::Access::read_only, true);
  if (!mapping) return std::unexpected(mapping.error());
  const auto positions = detail::read_positions(**mapping);
  if (!positions) return std::unexpected(positions.error());
  auto state = std::make_unique<State>();
  state->header_bytes = record::header_size((*mapping)->info().timestamps);
  state->at = positions->consumed;
  state->seq = positions->records_consumed;
  state->mapping = std::move(*mapping);
  return Peek(std::move(state));
}

std::expected<std::optional<Peeked>, std::error_code> Peek::next() {
  return state_->next();
}

void Peek::wait(std::chrono::nanoseconds timeout) noexcept {
  const auto& parked = state_->words().park.parked;
  if (parked.load(relaxed) != 0) {
    // The consumer sleeps: the producer that wakes it wakes all who wait here.
    futex_wait(parked, 1, timeout);
    return;
  }
  const timespec nap = {.tv_sec = 0, .tv_nsec = std::min(kNap, timeout).count()};
  ::nanosleep(&nap, nullptr);
}

Position Peek::position() const noexcept {
  return state_->at;
}
Position Peek::tail() const noexcept {
  return state_->words().tail.tail.load(std::memory_order_acquire);
}
const RingInfo& Peek::info() const noexcept {
  return state_->mapping->info();
}
bool Peek::is_closed() const noexcept {
  return (state_->words().state.state.load(std::memory_order_acquire) & layout::kClosed) != 0;
}

}  // namespace logbuf
