#include <logbuf/channel.hpp>

#include "channel/backoff.hpp"

namespace logbuf {

template <Kind K>
std::expected<WriteClaim, SendError> Sender<K>::send(std::size_t length, std::uint16_t type) noexcept {
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
    backoff.pause();
  }
}

template class Sender<Kind::mpsc>;
template class Sender<Kind::spsc>;

}  // namespace logbuf
