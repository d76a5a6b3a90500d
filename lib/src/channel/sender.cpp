#include <logbuf/channel.hpp>

#include "channel/backoff.hpp"

namespace logbuf {

template <Kind K>
template <typename GiveUp>
std::expected<WriteClaim, SendError> Sender<K>::claim_with_patience(std::size_t length, std::uint16_t type,
                                                                    GiveUp give_up) noexcept {
  Backoff backoff;
  bool abandoned = false;  // the consumer was seen gone; one more look, since it may have made room before it went
  for (;;) {
    auto claim = producer_.template claim_one<SendError>(length, type, IfFull::retry);
    if (claim || claim.error() != SendError::full) return claim;
    if (backoff.napping()) {
      // The wake-up that another sender owed may have died with it.
      producer_.core_->wake_always();
      if (abandoned) return std::unexpected(SendError::disconnected);
      abandoned = !producer_.has_consumer();
      if (abandoned) continue;
    }
    if (give_up()) return std::unexpected(SendError::full);
    backoff.pause();
  }
}

template <Kind K>
std::expected<WriteClaim, SendError> Sender<K>::send_when_there_is_room(std::size_t length,
                                                                        std::uint16_t type) noexcept {
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
