/// \file
/// A ring's segment: the named POSIX shared-memory object that holds the ring, its header and its tables.
/// Made, looked at, closed and removed here; written through a Producer, read through a Consumer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <logbuf/error.hpp>
#include <logbuf/export.hpp>
#include <logbuf/record.hpp>

/// Rings of records in shared memory, and archives of them on disk. What can go wrong is returned, not thrown; only
/// where a process has no memory left, what is not noexcept throws std::bad_alloc.
namespace logbuf {

namespace detail {
class Mapping;
}

// Exported, as clang++ hides a template of a hidden type.
/// How many producers a ring has. Always one consumer.
enum class LOGBUF_API Kind : std::uint32_t {
  mpsc = 0,  ///< many producers, who take space by CAS
  spsc = 1   ///< one producer, no CAS
};

/// How a ring is to be made.
struct SegmentOptions {
  std::size_t capacity = std::size_t{64} << 20;  ///< bytes; a power of two, 4 KiB to 1 GiB
  Kind kind = Kind::mpsc;                        ///< who attaches must be of the same
  std::uint32_t max_producers = 64;              ///< 1 to 4096; an spsc ring has one
  std::uint32_t mode = 0600;                     ///< of the object, 0600 to 0777, whatever the umask
  std::string group = {};                        ///< the object's, by name or number; empty: the creator's
  bool timestamps = false;  ///< every record carries the time of its claim, and a header of 16 bytes
  bool huge_pages = false;  ///< ask for them; a named ring gets them from Linux 5.14 on, where /dev/shm is
                            ///< mounted with huge=advise (or more); no error where there are none
};

/// Called again and again while a ring's memory is reserved, with how many bytes of it are; in the thread of
/// Segment::create().
using CreateProgress = std::function<void(std::size_t)>;

/// What never changes in a ring's life.
struct RingInfo {
  std::string name;                  ///< empty: anonymous
  std::array<std::byte, 16> uuid{};  ///< made with the ring
  std::size_t segment_size = 0;      ///< bytes
  std::size_t capacity = 0;          ///< bytes
  std::size_t max_payload = 0;       ///< bytes: the largest record
  Kind kind = Kind::mpsc;            ///< how many producers
  std::uint32_t max_producers = 0;   ///< slots for them
  bool timestamps = false;           ///< records have them
  std::uint32_t layout_version = 0;  ///< layout::kLayoutVersion
  std::uint32_t creator_pid = 0;     ///< for people
  std::int64_t created_ns = 0;       ///< since 1970-01-01 UTC
};

/// One end, as it says of itself (pid, name, since), for people, and as the kernel knows (alive).
struct EndStatus {
  std::uint32_t pid = 0;         ///< in its own pid namespace; 0: nobody has had this end
  std::uint64_t pid_start = 0;   ///< clock ticks since boot
  std::int64_t attached_ns = 0;  ///< since 1970-01-01 UTC
  Position attached_at = 0;      ///< tail then
  bool alive = false;            ///< where the kernel was asked; else false
  std::string name;              ///< what it calls itself, at most 79 bytes
};

/// One producer, and what it has done since it attached.
struct ProducerStatus : EndStatus {
  std::uint16_t slot = 0;     ///< in the producer table
  std::uint64_t records = 0;  ///< committed
  std::uint64_t bytes = 0;    ///< of payload
  std::uint64_t refused = 0;  ///< records that it dropped at a full ring
  std::uint64_t aborted = 0;  ///< claims that it gave back
};

/// The claim that a consumer waits for.
struct BlockedStatus {
  Position position = 0;              ///< where it begins
  std::int64_t since_ns = 0;          ///< since 1970-01-01 UTC; 0: no consumer has waited for it yet
  std::optional<std::uint16_t> slot;  ///< empty: no producer says that the claim is its own
};

/// How far an archive of a ring has come. Positions are the ring's: a record is archived, or durable, where it begins
/// below. Seqs are the archive's: those of the first record that is not.
struct ArchiveProgress {
  Position written = 0;           ///< all below is archived
  Position synced = 0;            ///< all below is durable
  std::uint64_t written_seq = 0;  ///< the next record's
  std::uint64_t synced_seq = 0;   ///< of the first record that may not be durable
};

/// Why waiting for a record to become durable has ended without it.
enum class DurableError : std::uint8_t {
  timeout = 1,   ///< the time is over; it may still become durable
  disconnected,  ///< the ring is quarantined, or closed and nobody drains it; or fork() copied the producer
};

/// A look at the words that change. They are read one after the other while others write: each is true,
/// together they may be a moment apart.
struct RingStatus {
  Position tail = 0;                       ///< all below is claimed
  Position consumed = 0;                   ///< all below is spoken for
  Position head = 0;                       ///< all below is free again
  std::uint64_t records_consumed = 0;      ///< below `consumed`
  bool closed = false;                     ///< takes no more producers and no more claims
  bool quarantined = false;                ///< nothing more can be read from quarantine_position on
  Position quarantine_position = 0;        ///< where a header stands that no producer of ours can have written
  std::uint64_t quarantine_header = 0;     ///< the word found there
  std::uint64_t producers_attached = 0;    ///< ever
  std::uint32_t consumers_attached = 0;    ///< ever: more than one, and a successor has gone on
  std::uint64_t total_records = 0;         ///< committed by all producers there have ever been
  std::uint64_t total_bytes = 0;           ///< of their payload
  std::uint64_t total_refused = 0;         ///< records that they dropped at a full ring
  std::uint64_t total_aborted = 0;         ///< claims that they gave back
  std::uint64_t holes = 0;                 ///< claims of dead producers that consumers made skips of
  std::optional<ArchiveProgress> archive;  ///< empty: no consumer has archived anything of it
  std::optional<BlockedStatus> blocked;    ///< the next claim is not finished
  std::optional<EndStatus> consumer;       ///< empty: nobody is attached, and nobody died attached
  std::vector<ProducerStatus> producers;   ///< those attached, or dead without having detached
};

/// What may keep a ring from being removed.
enum class Removal : std::uint8_t {
  if_empty,       ///< somebody living who is attached; a committed record that nobody has consumed
  if_unattached,  ///< somebody living who is attached
  at_once,        ///< nothing: who is attached is disconnected, as by close()
};

/// A ring as a whole: made, looked at, closed and removed here. Its memory stays mapped as long as this Segment lives,
/// or a copy of it. Safe to use from several threads at once. Copies of a Segment across fork() go on working: it only
/// looks. No call waits for a producer or a consumer.
class LOGBUF_API Segment {
 public:
  /// Makes the ring, complete, in one step; its memory is reserved, for which a large one takes a second. `progress` is
  /// told of it. Does not attach to the ring.
  /// Errors: invalid_name, invalid_capacity, invalid_option, ring_exists, no_memory, not_permitted, errno.
  static std::expected<Segment, std::error_code> create(std::string_view name, const SegmentOptions& options = {},
                                                        const CreateProgress& progress = {});
  /// Opens what is there; never creates. Where it may not be written, it can still be looked at.
  /// Errors: invalid_name, no_such_ring, not_permitted, not_a_ring, wrong_layout, damaged_ring, errno.
  static std::expected<Segment, std::error_code> open(std::string_view name);
  /// Takes the name away, whatever has it by now; who is attached goes on, the memory is freed with the last of them.
  /// For what cannot be opened; else see remove(). Errors: invalid_name, no_such_ring, not_permitted, errno.
  static std::expected<void, std::error_code> unlink(std::string_view name);
  /// The names of all rings of this machine, sorted; whether they can be opened is another matter.
  static std::vector<std::string> list();

  /// What never changes. No system call; lives as long as this Segment.
  const RingInfo& info() const noexcept;
  /// How the ring is now. Asks the kernel who is alive: a system call for each end in use. Costs the ring's ends
  /// nothing.
  RingStatus status() const;
  /// Disconnects everybody, and wakes a consumer that sleeps: claims are refused from now on, the consumer still gets
  /// what is in the ring, nobody attaches any more as a producer. For good. Errors: not_permitted (the segment could
  /// only be opened for reading).
  std::expected<void, std::error_code> close();
  /// Takes the ring's name away, unless somebody needs it. In one step for all others: nobody attaches between the look
  /// and the removal, and a ring that was made anew under the name is left alone. Makes system calls; waits for no end
  /// of the ring, and a tenth of a second at most for somebody else who is removing it. Errors: ring_in_use,
  /// ring_not_empty, ring_quarantined (if_empty: what it holds cannot be told), damaged_ring (not with at_once),
  /// not_permitted, no_such_ring (somebody else has removed it), errno.
  std::expected<void, std::error_code> remove(Removal removal);
  /// Would remove() take it away, as things stand? Only looks: no lock is taken, nothing is changed, nobody notices,
  /// and a moment later the answer may be another. Errors: those of remove().
  std::expected<void, std::error_code> may_remove(Removal removal) const;

 private:
  LOGBUF_HIDDEN explicit Segment(std::shared_ptr<detail::Mapping> mapping);
  std::shared_ptr<detail::Mapping> mapping_;
};

/// True if a ring can have this capacity: see SegmentOptions. Never waits. Any thread.
LOGBUF_API bool valid_capacity(std::size_t capacity_bytes) noexcept;
/// True if `name` can be a ring's: `[A-Za-z0-9._-]{1,128}`, but not . or .. alone. Never waits. Any thread.
LOGBUF_API bool valid_ring_name(std::string_view name) noexcept;

}  // namespace logbuf
