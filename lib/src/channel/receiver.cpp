#include <algorithm>

#include <logbuf/channel.hpp>

#include "channel/backoff.hpp"
#include "platform/clock.hpp"

namespace logbuf {
namespace {

// How often a sleeping receiver looks whether the other side still lives, and a blocked one whether it goes
// on.
constexpr std::chrono::nanoseconds kLongestPark = std::chrono::seconds(1);
constexpr std::chrono::nanoseconds kBlockedPark = std::chrono::milliseconds(10);
constexpr int kSpins = 200;

}  // namespace

bool Receiver::disconnected() const noexcept {
  return consumer_.is_closed() || (consumer_.had_producers() && !consumer_.has_producers());
}

template <typename Try>
auto Receiver::receive(Try attempt, std::optional<std::chrono::nanoseconds> timeout) noexcept
    -> std::expected<typename std::invoke_result_t<Try>::value_type, RecvError> {
  if (consumer_.core_->claim_open && !consumer_.core_->forked()) return std::unexpected(RecvError::busy);
  const std::int64_t start_ns = timeout ? monotonic_ns() : 0;
  for (;;) {
    if (consumer_.core_->forked()) return std::unexpected(RecvError::disconnected);
    for (int spin = 0; spin < kSpins; ++spin) {
      if (auto got = attempt()) return std::move(*got);
      if (timeout && timeout->count() == 0) break;
      detail::relax();
    }
    const bool gone = disconnected();
    // Once more after the others were seen gone: their last record may have come in between.
    if (auto got = attempt()) return std::move(*got);
    const RingState state = consumer_.state();
    if (state == RingState::quarantined) return std::unexpected(RecvError::disconnected);
    if (gone && state == RingState::empty) return std::unexpected(RecvError::disconnected);
    auto park = kLongestPark;
    if (state == RingState::blocked) {
      if (consumer_.unblock().kind == Blockage::Kind::recovered) continue;
      park = kBlockedPark;
    }
    if (timeout) {
      const std::chrono::nanoseconds left = *timeout - std::chrono::nanoseconds(monotonic_ns() - start_ns);
      if (left.count() <= 0) return std::unexpected(RecvError::timeout);
      park = std::min(park, left);
    }
    consumer_.park(park);
  }
}

std::expected<ReadClaim, RecvError> Receiver::recv(std::chrono::nanoseconds timeout) noexcept {
  return receive([this] { return consumer_.try_claim(); }, timeout);
}

std::expected<ReadClaim, RecvError> Receiver::recv() noexcept {
  return receive([this] { return consumer_.try_claim(); }, std::nullopt);
}

std::expected<ReadBatch, RecvError> Receiver::recv_batch(std::uint64_t max_bytes,
                                                         std::chrono::nanoseconds timeout) noexcept {
  return receive([this, max_bytes] { return consumer_.try_claim_batch(max_bytes); }, timeout);
}

}  // namespace logbuf
