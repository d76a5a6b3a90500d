// The producer table: who has which slot, and who is alive. A slot belongs to whoever holds the kernel's lock
// on its byte; in an anonymous ring, to whoever set in_use.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <system_error>

#include "ring/mapping.hpp"

namespace logbuf::detail {

// For who tries a lock that another may hold for a moment only. Somebody who removes the ring has them all a little
// longer, and may lose its turn meanwhile: we wait for a tenth of a second.
class LockPatience {
 public:
  explicit LockPatience(const Mapping& mapping) noexcept : mapping_(mapping) {}
  // Waits a little; false: enough.
  bool again() noexcept;

 private:
  const Mapping& mapping_;
  int tries_ = 0;
};
// Does somebody hold the locks of all ends, to remove the ring?
bool being_removed(const Mapping& mapping) noexcept;

// Takes a slot through this mapping's own descriptor. Errors: no_free_slot, errno.
std::expected<std::uint16_t, std::error_code> take_slot(Mapping& mapping, std::string_view name);
void leave_slot(Mapping& mapping, std::uint16_t slot) noexcept;

// Attached, and its process lives. Asked through another mapping than the producer's own.
bool producer_alive(const Mapping& mapping, std::uint16_t slot) noexcept;
bool any_producer_alive(const Mapping& mapping) noexcept;

// If the slot is in use and nobody living has it: holds its lock, so that no newcomer comes in between, and frees it if
// `close_books` says so. Through another mapping than a producer's.
bool with_dead_slot(Mapping& mapping, std::uint16_t slot, bool (*close_books)(Mapping&, layout::Slot&));

// The consumer's place, the same way.
// Errors: consumer_present (the detail names the holder), errno.
std::expected<void, std::error_code> take_consumer(Mapping& mapping, std::string_view name);
void leave_consumer(Mapping& mapping) noexcept;
bool consumer_alive(const Mapping& mapping) noexcept;

// For who removes a named ring (removal.cpp). Its descriptor drops the locks as it is closed.
// The removal lock and, in the same step, those of the consumer and of all slots: nobody is attached, and nobody can
// be.
bool try_lock_all_ends(const Mapping& mapping) noexcept;
bool try_lock_removal(const Mapping& mapping) noexcept;

}  // namespace logbuf::detail
