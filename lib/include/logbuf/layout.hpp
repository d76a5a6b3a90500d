/// \file
/// The shared memory's words, as every attached process sees them. docs/shm-layout.md draws them.
///
///      0        Identity       written once, before the segment has a name
///      1024     six lines      tail | consumer | park | state | consumer's info | archive: each on its own 128 bytes
///      4096     Slot[]         the producer table, 256 bytes a slot
///      ...      ring           capacity bytes, on a page boundary
///
/// Whoever changes a byte here, or what it means, raises kLayoutVersion once a version has been released. Everything in
/// here was written by another process and may be anything: load a word once, check it, use the copy.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

/// The segment's words: for those who look at a ring from outside, and for the library. Constants and types only.
namespace logbuf::layout {

/// Two cache lines, for the adjacent-line prefetcher. Part of the layout, so not the compiler's constant.
inline constexpr std::size_t kLine = 128;
inline constexpr std::size_t kPage = 4096;  ///< bytes: the ring begins at a multiple

inline constexpr std::uint64_t kMagic = 0x474e'4952'4655'424cULL;  ///< "LBUFRING" read as little-endian bytes
inline constexpr std::uint32_t kLayoutVersion = 1;                 ///< another one is refused

inline constexpr std::uint64_t kMinCapacity = 4096;                    ///< bytes
inline constexpr std::uint64_t kMaxCapacity = std::uint64_t{1} << 30;  ///< bytes: a skip's length has 31 bits
/// The least capacity that can be a ring's, and holds so many bytes; the largest, where nothing does.
constexpr std::uint64_t next_capacity(std::uint64_t bytes) noexcept {
  return std::bit_ceil(bytes < kMinCapacity ? kMinCapacity : bytes > kMaxCapacity ? kMaxCapacity : bytes);
}
inline constexpr std::uint32_t kMaxProducers = 4096;          ///< slots
inline constexpr std::size_t kMaxRingName = 128;              ///< bytes
inline constexpr std::string_view kObjectPrefix = "logbuf.";  ///< of a ring's name, in /dev/shm
inline constexpr std::size_t kMaxEndName = 79;                ///< bytes of a producer's or a consumer's name

inline constexpr std::uint32_t kKindMpsc = 0;  ///< as Kind::mpsc
inline constexpr std::uint32_t kKindSpsc = 1;  ///< as Kind::spsc

inline constexpr std::uint32_t kFlagTimestamps = 1U << 0;  ///< 16-byte record headers
inline constexpr std::uint32_t kFlagAnonymous = 1U << 1;   ///< between threads of one process: no locks
inline constexpr std::uint32_t kKnownFlags = kFlagTimestamps | kFlagAnonymous;  ///< others are refused

inline constexpr std::uint32_t kClockRealtime = 0;  ///< record timestamps are CLOCK_REALTIME ns

/// A word that several processes read and write.
template <typename T>
using Word = std::atomic<T>;
static_assert(Word<std::uint32_t>::is_always_lock_free && Word<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(Word<std::uint64_t>) == 8 && alignof(Word<std::uint64_t>) == 8);

/// Plain words: constant once the segment has its name.
struct Identity {
  std::uint64_t magic;               ///< kMagic
  std::uint32_t version;             ///< kLayoutVersion
  std::uint32_t hash;                ///< of the sizes and offsets below, as the creator was compiled
  std::uint64_t segment_size_bytes;  ///< all of the object
  std::uint64_t ring_offset_bytes;   ///< from its beginning; a multiple of kPage
  std::uint64_t capacity_bytes;      ///< of the ring
  std::uint32_t kind;                ///< kKindMpsc or kKindSpsc
  std::uint32_t flags;               ///< of kKnownFlags
  std::uint32_t max_producers;       ///< slots in the producer table
  std::uint32_t creator_pid;         ///< for people
  std::array<std::byte, 16> uuid;    ///< another one for each ring ever made
  std::int64_t created_ns;           ///< CLOCK_REALTIME
  std::uint32_t clock;               ///< of the timestamps: kClockRealtime
  std::uint32_t reserved;            ///< 0
  // Taken together at creation:
  std::int64_t calibration_realtime_ns;     ///< CLOCK_REALTIME then
  std::int64_t calibration_monotonic_ns;    ///< CLOCK_MONOTONIC then
  std::uint64_t calibration_tsc;            ///< the processor's counter then; 0 where there is none
  std::array<char, kMaxRingName + 8> name;  ///< zero-terminated, for people
};
static_assert(std::is_trivially_copyable_v<Identity> && sizeof(Identity) == 248);
static_assert(offsetof(Identity, uuid) == 56 && offsetof(Identity, name) == 112);

/// The producers' position.
struct alignas(kLine) TailLine {
  Word<std::uint64_t> tail;  ///< producers: all below is claimed
};

/// What the ring's count of records is at a position. Two of them in turn, so that one is always whole.
struct Count {
  Word<std::uint64_t> position;  ///< multiple of 8
  Word<std::uint64_t> records;   ///< in [0, position)
};

/// The consumer's positions: [head, consumed) is being zeroed. Only the consumer writes here.
struct alignas(kLine) ConsumerLine {
  Word<std::uint64_t> consumed;  ///< all below is spoken for
  Word<std::uint64_t> head;      ///< all below is zeroed and free again
  std::array<Count, 2> counts;   ///< the valid one is that whose position is `consumed`
};

/// Where the consumer sleeps.
struct alignas(kLine) ParkLine {
  Word<std::uint32_t> parked;  ///< a shared futex: 1 while the consumer asks to be woken
};

inline constexpr std::uint32_t kClosed = 1U << 0;  ///< of StateLine::state: no producer claims or attaches any more
inline constexpr std::uint32_t kQuarantined = 1U << 1;  ///< of StateLine::state: nothing more can be read

/// Of StateLine::holes: how many holes there were, in the upper bits, and at which position / 8 (modulo 2^34) the last
/// one began: in one word, so that each is counted once though its consumer dies on the way.
inline constexpr unsigned kHolesShift = 34;
/// Of StateLine::holes: where the last hole began.
inline constexpr std::uint64_t kHolePositionMask = (std::uint64_t{1} << kHolesShift) - 1;

/// What becomes of the ring, and who ever came.
struct alignas(kLine) StateLine {
  Word<std::uint32_t> state;                ///< 0: open; else kClosed, kQuarantined
  Word<std::uint32_t> consumers_attached;   ///< ever
  Word<std::uint64_t> producers_attached;   ///< ever
  Word<std::uint64_t> quarantine_position;  ///< of the header that cannot be a record's
  Word<std::uint64_t> quarantine_header;    ///< the word found there
  Word<std::uint64_t> producers_left;       ///< ever, by detaching: a receiver does not sleep through the last one's
  Word<std::uint64_t> holes;                ///< claims of dead producers, skipped by consumers: see kHolesShift
  Word<std::uint64_t> blocked_position;     ///< where the consumer waits for a living producer's claim
  Word<std::int64_t> blocked_since_ns;      ///< CLOCK_REALTIME; 0: it does not
};

/// A name as words, so that another process may read it while it changes.
struct Name {
  std::array<Word<std::uint64_t>, (kMaxEndName + 1) / 8> words;  ///< its bytes, then zeros: one at least
};

/// Who has this end, or had it last.
struct alignas(kLine) EndInfo {
  Word<std::uint32_t> in_use;       ///< 1: attached, or died attached; release: publishes the rest
  Word<std::uint32_t> incarnation;  ///< goes up at each attach
  Word<std::uint32_t> pid;          ///< for people: liveness is the kernel's lock
  Word<std::uint32_t> reserved;     ///< 0
  Word<std::uint64_t> pid_start;    ///< clock ticks since boot, for people
  Word<std::int64_t> attached_ns;   ///< CLOCK_REALTIME
  Word<std::uint64_t> attached_at;  ///< tail then: records before it are another's
  Word<std::uint64_t> left_at;      ///< tail when the last one left
  Name name;                        ///< what it calls itself
};
static_assert(sizeof(EndInfo) == kLine);

/// How far an archive of this ring has come: for status, and for producers that wait until a record is durable. Only
/// the consumer writes here, but for `waiting`.
struct alignas(kLine) ArchiveLine {
  Word<std::uint64_t> written;      ///< position: all below is archived
  Word<std::uint64_t> synced;       ///< position: all below is durable
  Word<std::uint64_t> written_seq;  ///< of the archive: the next record's
  Word<std::uint64_t> synced_seq;   ///< the first that may not be durable
  Word<std::uint32_t> changes;      ///< a shared futex: goes up with `synced`, where somebody waits
  Word<std::uint32_t> waiting;      ///< 1 while somebody asks to be told
};

/// A producer's own: nobody else writes here while it lives. Counters only grow, over all who had the slot;
/// what one producer did is the counter less its base.
struct alignas(kLine) SlotHot {
  Word<std::uint64_t> intent;        ///< the claim in flight, see intent.hpp; 0: none
  Word<std::uint64_t> next_records;  ///< what `records` will be once the claim in flight is committed
  Word<std::uint64_t> records;       ///< committed
  Word<std::uint64_t> bytes;         ///< of their payload
  Word<std::uint64_t> refused;       ///< records, at a full ring
  Word<std::uint64_t> aborted;       ///< claims
  Word<std::uint64_t> base_records;  ///< `records` when the present owner attached
  Word<std::uint64_t> base_bytes;    ///< `bytes` then
  Word<std::uint64_t> base_refused;  ///< `refused` then
  Word<std::uint64_t> base_aborted;  ///< `aborted` then
};

/// One producer's place in the table.
struct Slot {
  SlotHot hot;   ///< what it does
  EndInfo info;  ///< who it is
};
static_assert(sizeof(SlotHot) == kLine && sizeof(Slot) == 2 * kLine);

inline constexpr std::size_t kControlOffset = 1024;  ///< the words that change
inline constexpr std::size_t kSlotsOffset = kPage;   ///< the producer table

/// The segment up to the producer table.
struct Segment {
  Identity identity;                      ///< what never changes
  alignas(kControlOffset) TailLine tail;  ///< where producers claim
  ConsumerLine consumer;                  ///< where the consumer is
  ParkLine park;                          ///< where it sleeps
  StateLine state;                        ///< whether all is well
  EndInfo consumer_info;                  ///< who consumes
  ArchiveLine archive;                    ///< how far an archive has come
};
static_assert(offsetof(Segment, tail) == kControlOffset);
static_assert(offsetof(Segment, consumer) == kControlOffset + kLine);
static_assert(offsetof(Segment, park) == kControlOffset + 2 * kLine);
static_assert(offsetof(Segment, state) == kControlOffset + 3 * kLine);
static_assert(offsetof(Segment, consumer_info) == kControlOffset + 4 * kLine);
static_assert(offsetof(Segment, archive) == kControlOffset + 5 * kLine);
static_assert(sizeof(Segment) <= kSlotsOffset);

/// Where the ring begins behind a table of so many slots, in bytes from the segment's beginning.
constexpr std::uint64_t ring_offset(std::uint32_t max_producers) noexcept {
  const std::uint64_t end = kSlotsOffset + std::uint64_t{max_producers} * sizeof(Slot);
  return (end + kPage - 1) / kPage * kPage;
}

/// Goes up when the ends rely on each other for something that the layout does not show. 2: whoever parks makes a
/// barrier for all (Consumer::park()).
inline constexpr std::size_t kProtocol = 2;

/// FNV-1a over what the layout is made of: two programs that agree on the version but were compiled from
/// differing headers refuse each other.
constexpr std::uint32_t hash() noexcept {
  std::uint32_t h = 2166136261U;
  for (const std::size_t part : {kProtocol, sizeof(Identity), offsetof(Identity, uuid), offsetof(Identity, name),
                                 sizeof(Segment), kLine, offsetof(Segment, consumer), offsetof(Segment, park),
                                 offsetof(Segment, state), offsetof(Segment, consumer_info), offsetof(Segment, archive),
                                 offsetof(ConsumerLine, head), offsetof(ConsumerLine, counts), offsetof(EndInfo, name),
                                 offsetof(SlotHot, base_records), sizeof(Slot), kSlotsOffset}) {
    h = (h ^ static_cast<std::uint32_t>(part)) * 16777619U;
  }
  return h;
}

}  // namespace logbuf::layout
