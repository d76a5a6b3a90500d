/// \file
/// An archive: a ring's records on disk, in checksummed blocks, in segment files, in one directory per ring.
/// The bytes are described in docs/archive-format.md. Writer and Reader stand alone: they need no ring.
///
/// Neither end is thread-safe: one thread at a time per object. One Writer per directory at a time, across processes (a
/// file lock); any number of Readers beside it. A process that has a Writer must not fork() without exec: the child
/// would keep the lock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include <logbuf/export.hpp>
#include <logbuf/record.hpp>

/// Archives: a ring's records on disk. One thread at a time per object; calls may block on the disk.
namespace logbuf::archive {

/// Of a ring, or of an archive: made with it, and never again.
using Uuid = std::array<std::byte, 16>;

/// Which ring's records these are. The uuid is made with the ring: a ring made anew under the same name has
/// another.
struct RingIdentity {
  std::string name;            ///< as valid_ring_name() has it
  Uuid uuid{};                 ///< RingInfo::uuid
  std::uint64_t capacity = 0;  ///< bytes
  bool timestamps = false;     ///< records carry a timestamp: 16-byte headers
};

/// A piece of the ring, as it lies there: whole records and skips, from `begin` on. `end` may lie beyond
/// begin + bytes.size(): what is between is skips, which carry nothing and are not stored.
struct Span {
  Position begin = 0;                ///< multiple of 8
  Position end = 0;                  ///< multiple of 8; at most the ring's capacity behind `begin`
  std::uint64_t records = 0;         ///< how many records (not skips) the bytes hold
  std::uint64_t first_record = 0;    ///< the ring's own count of records before `begin`
  std::span<const std::byte> bytes;  ///< a multiple of 8 of them; only borrowed
};

/// Who wrote with this slot, from this position on. Names belong to positions, since slots are used again.
struct ProducerName {
  std::uint16_t slot = 0;  ///< in the ring's producer table
  Position from = 0;       ///< its first record begins here or behind
  std::uint32_t pid = 0;   ///< for people
  std::string name;        ///< at most 256 bytes
};

/// Records that are not here: damaged, released unread, refused at a full ring. Where nobody knows how many, `lost` is
/// empty.
struct Gap {
  std::optional<std::uint64_t> lost;             ///< records
  Position from = 0;                             ///< positions [from, to) of the ring
  Position to = 0;                               ///< the same as `from`, where no positions are known
  std::string why;                               ///< for people
  std::optional<std::uint64_t> end_record = {};  ///< the ring's own count of records before `to`; for a Writer
  std::optional<std::uint16_t> slot = {};        ///< from a Reader, where it is about one producer's records: its slot
  std::string producer = {};                     ///< and its name; empty: not known
};

/// How many records a slot's producers could not write at a full ring, and counted (docs/archive-format.md).
struct Refused {
  std::uint16_t slot = 0;   ///< the producers'
  Position at = 0;          ///< in the ring: they would have come before it
  std::uint64_t total = 0;  ///< records: of all who had the slot, since the ring was made
  std::string producer;     ///< who counted what is new in `total`, at most 256 bytes; empty: not known
};

class Keeper;

/// When a Writer begins another file.
struct WriterOptions {
  std::uint64_t rotate_size = std::uint64_t{256} << 20;  ///< bytes: a file that has reached this is sealed
  std::chrono::nanoseconds rotate_age{0};                ///< a file this old is sealed by rotate_if_due(); 0: never
  std::function<void()> sealed = {};  ///< called where a file has been sealed, by the call that did; must not throw
};

/// Appends a ring's records to a directory, which holds the files itself, and is made if it is not there. Calls may
/// block on the disk. What was appended is there for Readers at once, and durable once it is synced or sealed.
class LOGBUF_API Writer {
 public:
  /// Takes the directory's lock, cuts a torn tail, finds where the archive ends.
  /// Errors: archive_in_use (detail names the holder's pid), wrong_archive_version, damaged_archive, wrong_ring (the
  /// directory holds a ring of another name, or this uuid with another capacity), invalid_name, invalid_capacity,
  /// errno.
  static std::expected<Writer, std::error_code> open(const std::filesystem::path& directory, const RingIdentity& ring,
                                                     const WriterOptions& options = {});
  /// Of the other one nothing is left but to assign to it and to destroy it.
  Writer(Writer&&) noexcept;
  /// The same; what was open here is closed, as by destruction.
  Writer& operator=(Writer&&) noexcept;
  /// Closes; does not seal and does not sync, but waits for a sync that is under way.
  ~Writer();

  /// Where this ring's records end in the archive: the end of its last valid block. Empty: it has none yet.
  std::optional<Position> end_position() const noexcept;
  /// The ring's own count of records before end_position(); empty where nothing says it.
  std::optional<std::uint64_t> end_record() const noexcept;
  /// The seq that the next record will get.
  std::uint64_t next_seq() const noexcept;
  /// Bytes of unfinished writes that open() cut from files that were not sealed.
  std::uint64_t torn_bytes() const noexcept;
  /// Bytes in the file in use that open() found damaged, with sound blocks behind them, and left there.
  std::uint64_t damaged_bytes() const noexcept;

  /// Appends records. Blocks of 64 KiB at the most, or of one record that is longer, in one write. `span.begin` must be
  /// end_position() (or anything, where that is empty or a gap was appended up to it). On an error nothing of it
  /// counts: what was written of the block is cut off again, and the call may be repeated. Errors:
  /// std::errc::invalid_argument for a span that contradicts itself or end_position(); damaged_archive where no file
  /// can come next; errno. No-op if begin == end.
  std::expected<void, std::error_code> append(const Span& span);
  /// From here on (and again at the start of each file) this slot's records from `from` on bear this name (at most 256
  /// bytes). Append it before those records. Without a file in use it is written when the next block begins one.
  /// Errors: std::errc::invalid_argument for a longer name; errno.
  std::expected<void, std::error_code> append(const ProducerName& producer);
  /// Says which records never will be in the archive; moves end_position() to gap.to. They take no seq. `gap.from` must
  /// be end_position(), as a span's begin. Of `why`, 1024 bytes are kept. Errors: as of a span.
  std::expected<void, std::error_code> append(const Gap& gap);

  /// Says that `refused.total` has grown; a Reader tells the difference as a Gap. Nothing where it has not.
  /// `refused.at` must be end_position(), as a span's begin. Errors: as of a span.
  std::expected<void, std::error_code> append(const Refused& refused);
  /// The slot's total that the archive has of this ring: what a caller need not append again.
  std::uint64_t refused(std::uint16_t slot) const noexcept;

  /// Makes durable what was appended (fdatasync; the directory too where a file is new). Errors: errno. After one this
  /// file is not trusted any more: every later call on this Writer reports the same error, until write_again().
  std::expected<void, std::error_code> sync();
  /// The same beside the caller, in a thread of the Writer's own, for what was appended before the call. Nothing where
  /// one is under way already, or all is durable. `over` is called in that thread at its end, where one was begun; it
  /// must not throw, and must not call this Writer. Waits, as sync(), where the system gives no thread. Errors: as
  /// sync()'s, of this one or of the last.
  std::expected<void, std::error_code> begin_sync(std::function<void()> over = {});
  /// Is it still under way? Takes note of its end. Errors: as sync()'s.
  std::expected<bool, std::error_code> sync_beside();
  /// False: somebody has removed the file in use, or the directory. What this Writer writes nobody will find; another
  /// Writer begins anew. A system call or two.
  bool is_there() const noexcept;
  /// What is known to be durable: the position before which all is. Empty: none is known.
  std::optional<Position> synced_position() const noexcept;
  /// The seq of the first record that may not be durable.
  std::uint64_t synced_seq() const noexcept;
  /// After a failed sync: reads back what the last good one has not made durable, writes it to a new file and syncs
  /// that. Then the Writer is as good as new. Nothing where no sync has failed. Errors: errno, damaged_archive (what
  /// was written cannot be read back). On one it stays as it was, and keeps in memory what it has read: for the next
  /// call, when the page cache may have it no longer.
  std::expected<void, std::error_code> write_again();
  /// After a failed sync, too, for a caller that still has it all: cuts off what the last good one has not made
  /// durable. A Writer opened anew then does not take it for archived. The Writer stays unusable. Errors: errno.
  std::expected<void, std::error_code> cut_unsynced();
  /// Seals the file in use (sync, then renamed to .seg). The next append begins a new one. Without a file:
  /// nothing. Errors: as sync()'s.
  std::expected<void, std::error_code> seal();
  /// The same, where the file in use is older than rotate_age and holds records. Its age counts from its making, by the
  /// monotonic clock; of a file that open() found, by the time in its header. Errors: as sync()'s.
  std::expected<void, std::error_code> rotate_if_due();
  /// How long it is until then; 0: now. Empty: not before another record is appended, or never.
  std::optional<std::chrono::nanoseconds> rotation_due_in() const noexcept;
  /// From now on, also for the file in use, as rotate_size and rotate_age of WriterOptions.
  void set_rotation(std::uint64_t size_bytes, std::chrono::nanoseconds age) noexcept;
  /// For a Writer that ends and leaves the file in use to the next one: syncs, and appends a block that says so.
  /// Whatever is found bad before that block is damage, and no unfinished write. No error where only the block finds no
  /// room. Errors: as sync()'s.
  std::expected<void, std::error_code> stop();

  /// For what becomes of the sealed files, in another thread (keeper.hpp). May outlive this Writer. Errors: errno.
  std::expected<Keeper, std::error_code> keeper() const;

 private:
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN explicit Writer(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

/// One record of an archive. `bytes` and `producer` point into the Reader and live until its next next() or
/// seek; the Record itself, where more() gave it, until the next more() besides.
struct Record {
  std::uint64_t seq = 0;                ///< its number in the archive, from 0 on
  Position position = 0;                ///< where it began in the ring
  std::optional<std::int64_t> time_ns;  ///< since 1970-01-01 UTC; empty where the ring has no timestamps
  std::int64_t drain_time_ns = 0;       ///< when its block was written, since 1970-01-01 UTC
  std::uint16_t slot = 0;               ///< its producer's
  std::uint16_t type = 0;               ///< the user's own
  std::string_view producer;            ///< empty: not known
  std::span<const std::byte> bytes;     ///< the payload
};

/// What Reader::next() gives.
using Entry = std::variant<Record, Gap>;

/// What a Reader has passed since open() or the last seek.
struct Totals {
  std::uint64_t files = 0;          ///< come to
  std::uint64_t blocks = 0;         ///< sound ones
  std::uint64_t records = 0;        ///< given
  std::uint64_t payload_bytes = 0;  ///< of records
  std::uint64_t gaps = 0;           ///< given
  std::uint64_t lost = 0;           ///< records, where the gaps know
  std::uint64_t refused = 0;        ///< of these, records that producers counted as refused at a full ring
  std::uint64_t holes = 0;          ///< claims whose producers died: gaps that lost nothing
  std::uint64_t damaged_bytes = 0;  ///< of files, passed over
  std::uint64_t torn_bytes = 0;     ///< an unfinished write at the end of the open file
  std::uint64_t next_seq = 0;       ///< the seq that should come next

  /// Field by field.
  friend bool operator==(const Totals&, const Totals&) = default;
};

/// Reads an archive directory (all its files, in seq order) or one segment file, from the beginning.
/// Never trusts the files: every length is checked, every checksum compared. Damage becomes a Gap; reading
/// goes on.
class LOGBUF_API Reader {
 public:
  /// Opens an archive, or one file. A directory that a Writer has opened is an archive before it holds a file.
  /// Errors: not_an_archive, wrong_archive_version, errno.
  static std::expected<Reader, std::error_code> open(const std::filesystem::path& target);
  /// Of the other one nothing is left but to assign to it and to destroy it.
  Reader(Reader&&) noexcept;
  /// The same; what was open here is closed.
  Reader& operator=(Reader&&) noexcept;
  /// Closes. What it gave dies with it.
  ~Reader();

  /// The next record or gap; nothing at the end. At the end it may be called again: it then sees what has been
  /// appended since, in the same file or in new ones (never waits for it; rescans the directory). Errors:
  /// wrong_archive_version, errno.
  std::expected<std::optional<Entry>, std::error_code> next();
  /// The records that are at hand behind the last entry, some hundred at the most: those that next() would give, one by
  /// one, without reading on. None: ask next(). They live until the next call.
  std::span<const Record> more();
  /// The next entry will be the first at or after this seq, before or behind where the Reader stands; gaps that end
  /// before it are not told. In a sealed file this takes three reads; in one that is in use, a read for each of its
  /// blocks before. totals() begins anew. Errors: as next()'s.
  std::expected<void, std::error_code> seek_seq(std::uint64_t seq);
  /// The seq behind the last record that there is; what is torn at the end of the file in use does not count. The next
  /// call must be a seek. Errors: as next()'s.
  std::expected<std::uint64_t, std::error_code> end_seq();
  /// The next entry will be the first of the last `count` seqs. Otherwise as seek_seq().
  std::expected<void, std::error_code> seek_last(std::uint64_t count);
  /// The next entry will come from the first block that may hold a record of this time or later (ns since 1970-01-01
  /// UTC): older ones may come before it and between, for times need not go up. A record without a time has its block's
  /// drain_time_ns. A gap right before that block is not told. Otherwise as seek_seq().
  std::expected<void, std::error_code> seek_time(std::int64_t time_ns);
  /// What has been passed since open() or the last seek.
  const Totals& totals() const noexcept;
  /// The ring of the file in use; before the first next(): of the first file.
  const RingIdentity& ring() const noexcept;

 private:
  struct LOGBUF_HIDDEN State;
  LOGBUF_HIDDEN explicit Reader(std::unique_ptr<State>) noexcept;
  std::unique_ptr<State> state_;
};

/// One segment file, as its header and its end describe it.
struct FileInfo {
  std::filesystem::path path;    ///< `target`, or a file in it
  std::uint64_t file_bytes = 0;  ///< on disk
  std::string fault;             ///< why nothing below is known; empty: it is
  bool foreign = false;          ///< likewise: it belongs to another archive
  RingIdentity ring;             ///< whose records these are
  Uuid archive_uuid{};           ///< the same in all files of an archive
  std::int64_t created_ns = 0;   ///< since 1970-01-01 UTC
  bool sealed = false;           ///< it ends with its index and its seal
  bool compressed = false;       ///< some of its records are
  std::uint64_t first_seq = 0;   ///< seqs [first_seq, end_seq)
  std::uint64_t end_seq = 0;     ///< of the record that comes next
  Position begin = 0;            ///< positions [begin, end) of the ring
  Position end = 0;              ///< where the next block goes on
  std::uint64_t blocks = 0;      ///< without index and seal
  std::uint64_t records = 0;     ///< in these
  std::uint64_t raw_bytes = 0;   ///< of its records with their headers, before compression
  /// Times of records, since 1970-01-01 UTC.
  struct Times {
    std::int64_t min_ns = 0;  ///< the earliest
    std::int64_t max_ns = 0;  ///< the latest
  };
  std::optional<Times> times;       ///< of its records; where they have none, when they were written here
  std::uint64_t damaged_bytes = 0;  ///< seen on the way through a file without a seal: where no block begins
};

/// The files of a directory in their order, or one file. Of a sealed file only its header and its end are read; of
/// another one the headers of its blocks. Checks no payload: verify() does. Errors: as Reader::open().
LOGBUF_API std::expected<std::vector<FileInfo>, std::error_code> list_files(const std::filesystem::path& target);

/// Something that verify() found.
struct Finding {
  /// What is wrong.
  enum class Kind {
    damaged,        ///< bytes that are not what was written, with what was in them
    missing,        ///< records that should stand here, and no byte is damaged: a file is gone
    told,           ///< a gap that the archive tells itself: these records never came to it
    refused,        ///< records that producers counted as refused at a full ring
    hole,           ///< a claim whose producer died; nothing is lost
    unknown,        ///< a block of a later version, with records that this version cannot read
    contradiction,  ///< an index, a seal, or the chain from seal to seal does not fit the blocks; nothing is lost
    torn,           ///< an unfinished write; nothing is lost
  };
  /// Bytes [offset, offset + bytes) of a file.
  struct Place {
    std::filesystem::path file;  ///< of the archive
    std::uint64_t offset = 0;    ///< from its beginning
    std::uint64_t bytes = 0;     ///< how many
  };
  Kind kind = Kind::damaged;          ///< what is wrong
  std::vector<Place> places;          ///< of damaged, contradiction and torn
  std::optional<std::uint64_t> lost;  ///< records; empty: nobody knows
  std::uint64_t seq = 0;   ///< of the first record behind what is lost; where it had seqs, of the first of them
  std::uint64_t seqs = 0;  ///< how many seqs are lost
  Position from = 0;       ///< positions [from, to) of the ring
  Position to = 0;         ///< the same as `from`, where no positions are known
  std::string why;         ///< for people
};

/// What verify() found, in numbers.
struct Verification {
  Totals totals;                           ///< of what was read
  std::optional<std::uint64_t> first_seq;  ///< of the records that are there
  std::uint64_t last_seq = 0;              ///< likewise, where there are any
  std::uint64_t sealed_files = 0;          ///< whose blocks, index and seal were compared
  std::uint64_t chained_files = 0;         ///< that vouch for the file before
  std::uint64_t losses = 0;                ///< findings that lost records
  bool unknown_losses = false;             ///< of one of these nobody knows how many
  std::uint64_t contradictions = 0;        ///< findings

  /// Nothing is damaged, contradicted or lost. What is torn is no damage; what was refused is lost.
  bool is_sound() const noexcept { return losses == 0 && contradictions == 0 && totals.damaged_bytes == 0; }
};

/// Reads all of an archive, or one file: checksums, seqs, positions, each index against the blocks, each seal's digest,
/// and the seal that each file has of the one before. `found` is called for each finding, in their order; `passed`,
/// again and again, with what has been read so far; both in the caller's thread. Errors: as Reader::open() and next().
LOGBUF_API std::expected<Verification, std::error_code> verify(const std::filesystem::path& target,
                                                               const std::function<void(const Finding&)>& found,
                                                               const std::function<void(const Totals&)>& passed = {});

/// What recover_to() has copied.
struct RecoveryTotals {
  std::uint64_t files = 0;          ///< written
  std::uint64_t records = 0;        ///< copied
  std::uint64_t gaps = 0;           ///< written for what is not sound; those that the archive told itself are copied
  std::uint64_t lost = 0;           ///< records, where these gaps know
  bool unknown_losses = false;      ///< one of them does not
  std::uint64_t damaged_bytes = 0;  ///< passed over
  std::uint64_t torn_bytes = 0;     ///< likewise, of unfinished writes
};

/// Copies what is sound of an archive, or of one file, to `directory`, which must be empty or not there. Records keep
/// their seqs, positions and times. In place of what is not sound the copy has a gap that takes the lost records' seqs;
/// `found` is called for each; `passed`, again and again, with what has been copied so far. All of the copy is sealed
/// and durable. What was written stays where the copy fails. Errors: as Reader::open() and next();
/// std::errc::directory_not_empty; std::errc::invalid_argument where `directory` lies within `target`; damaged_archive
/// where no file has a sound header; as Writer.
LOGBUF_API std::expected<RecoveryTotals, std::error_code> recover_to(
    const std::filesystem::path& target, const std::filesystem::path& directory,
    const std::function<void(const Finding&)>& found, const std::function<void(const RecoveryTotals&)>& passed = {});

/// Describes one file: its header's fields as "name: value" lines, for people (logbuf-cat `--header`). Errors:
/// not_an_archive, wrong_archive_version, damaged_archive, errno.
LOGBUF_API std::expected<std::string, std::error_code> describe_header(const std::filesystem::path& file);
/// True if `target` is a directory that holds segment files, or is a segment file (whatever its name). False,
/// too, where it cannot be read.
LOGBUF_API bool is_archive(const std::filesystem::path& target);

}  // namespace logbuf::archive
