#include <logbuf/channel.hpp>

#include "channel/backoff.hpp"

namespace logbuf {

template <Kind K>
template <typename GiveUp>
std::expected<WriteClaim, SendError> Sender<K>::claim_with_patience(std::size_t length, std::uint16_t type,
                                                                    GiveUp give_up) noexcept {
  Backoff backoff;
  for (;;) {
    auto claim = producer_.claim_one(length, type);
    if (claim) return std::move(*claim);
    if (claim.error() != ClaimError::full) return std::unexpected(static_cast<SendError>(claim.error()));
    if (backoff.napping()) {
      // The wake-up that another sender owed may have died with it.
      producer_.core_->wake_always();
      if (!producer_.has_consumer()) return std::unexpected(SendError::disconnected);
    }
    if (give_up()) return std::unexpected(SendError::full);
    backoff.pause();
  }
}

template <Kind K>
std::expected<WriteClaim, SendError> Sender<K>::send(std::size_t length, std::uint16_t type) noexcept {
  return claim_with_patience(length, type, [] { return false; });
}

template <Kind K>
std::expected<WriteClaim, SendError> Sender<K>::send_for(std::chrono::nanoseconds timeout, std::size_t length,
                                                         std::uint16_t type) noexcept {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> began;  // only a full ring costs a look at the clock
  return claim_with_patience(length, type, [&] {
    const auto now = Clock::now();
    if (!began) began = now;
    return now - *began >= timeout;
  });
}

template class Sender<Kind::mpsc>;
template class Sender<Kind::spsc>;

}  // namespace logbuf
