// What happens where a producer died between its claim and its commit. docs/design/crash-safety.md derives it.
#pragma once

#include <cstdint>
#include <optional>

#include <logbuf/consumer.hpp>

#include "ring/mapping.hpp"

namespace logbuf::detail {

// The consumer stands at `head` (all below is released), its header is zero and tail is beyond it: finds out whose
// claim that is, and makes a skip of it if its producer is dead. Makes system calls. Consumer's thread only.
Blockage unblock(Mapping& mapping, Position head);

// How long the claim is that begins at `begin`, if it is a dead producer's that never ended it; changes nothing.
// `begin` is where a claim begins, with a header of zero and tail beyond it.
std::optional<std::uint64_t> dead_claim_bytes(const Mapping& mapping, Position begin);

// Frees every slot whose producer is dead and whose claim, if it had one, is behind `head` or was never made.
void retire_dead(Mapping& mapping);

// May the slot of a dead producer go to a newcomer? Not while its claim may still stand in the ring. The caller holds
// the slot's lock.
bool claim_resolved(const Mapping& mapping, const layout::SlotHot& hot) noexcept;

// How many records a dead producer's slot stands for: as settle() will have it, whether or not the consumer has come to
// its last claim. Changes nothing, and needs no lock.
std::uint64_t records_of_dead(const Mapping& mapping, const layout::SlotHot& hot) noexcept;

// Closes a dead producer's books: a claim that was committed counts, whether or not it came to count it. The caller
// holds the slot's lock.
void settle(layout::SlotHot& hot) noexcept;

}  // namespace logbuf::detail
