// Waiting until a record is durable, and telling those who wait.
#include <algorithm>
#include <chrono>

#include <logbuf/consumer.hpp>
#include <logbuf/detail/producer_core.hpp>

#include "platform/futex.hpp"
#include "ring/mapping.hpp"

namespace logbuf {
namespace {

using namespace std::chrono_literals;

// A wait ends by itself, to see whether anybody is there to make anything durable.
constexpr auto kLongestWait = 200ms;

// For words that one process writes.
void raise(std::atomic<std::uint64_t>& word, std::uint64_t value) noexcept {
  // release: what is told is in the archive; pairs with wait_durable() and read_status().
  if (word.load(std::memory_order_relaxed) < value) word.store(value, std::memory_order_release);
}

}  // namespace

void Consumer::report_archived(const ArchiveProgress& progress) noexcept {
  if (core_->forked()) return;
  layout::ArchiveLine& line = core_->words->archive;
  const bool further = line.synced.load(std::memory_order_relaxed) < progress.synced;
  raise(line.written, progress.written);
  raise(line.written_seq, progress.written_seq);
  raise(line.synced_seq, progress.synced_seq);
  raise(line.synced, progress.synced);
  if (!further) return;
  // Pairs with the fence in wait_durable(): either it sees `synced`, or we see that it waits.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (line.waiting.load(std::memory_order_relaxed) == 0) return;
  line.waiting.store(0, std::memory_order_relaxed);
  line.changes.fetch_add(1, std::memory_order_release);
  futex_wake_all(line.changes);
}

namespace detail {

std::expected<void, DurableError> ProducerCore::wait_durable(Position position,
                                                             std::chrono::nanoseconds timeout) const noexcept {
  const auto begin = std::chrono::steady_clock::now();
  layout::ArchiveLine& line = words->archive;
  // acquire: pairs with Consumer::report_archived().
  const auto durable = [&] { return line.synced.load(std::memory_order_acquire) > position; };
  while (!durable()) {
    if (forked()) return std::unexpected(DurableError::disconnected);
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited >= timeout) return std::unexpected(DurableError::timeout);
    const std::uint32_t ring_state = state().load(std::memory_order_acquire);
    if ((ring_state & layout::kQuarantined) != 0 || (ring_state != 0 && !has_consumer())) {
      // What was made durable before that was told before that.
      if (durable()) break;
      return std::unexpected(DurableError::disconnected);
    }
    const std::uint32_t changes = line.changes.load(std::memory_order_acquire);
    line.waiting.store(1, std::memory_order_relaxed);
    // Pairs with the fence in report_archived().
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (durable()) break;
    futex_wait(line.changes, changes, std::min<std::chrono::nanoseconds>(timeout - waited, kLongestWait));
  }
  return {};
}

}  // namespace detail
}  // namespace logbuf
