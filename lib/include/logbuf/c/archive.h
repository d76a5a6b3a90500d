/** \file
 * Reading an archive: a ring's records on disk. The same as logbuf::archive::Reader in <logbuf/archive.hpp>. Archives
 * are written by logbuf-archiver.
 */
#ifndef LOGBUF_C_ARCHIVE_H
#define LOGBUF_C_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <logbuf/c/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One record of an archive. Pointers live until the reader's next logbuf_archive_next() or seek. */
typedef struct logbuf_archive_record {
  uint64_t seq;          /**< counts the ring's records in the archive from 0, and never repeats or skips */
  uint64_t position;     /**< in the ring */
  int64_t time_ns;       /**< of its claim, since 1970-01-01 UTC; where `has_time` */
  int64_t drain_time_ns; /**< when its block was written */
  const void* bytes;     /**< the payload */
  size_t length;         /**< of the payload, bytes */
  const char* producer;  /**< its producer's name, not zero-terminated; NULL: not known */
  size_t producer_bytes; /**< of the name */
  uint16_t slot;         /**< its producer's */
  uint16_t type;         /**< the user's own */
  bool has_time;         /**< the ring has timestamps */
  uint8_t reserved[19];  /**< 0 */
} logbuf_archive_record;

/** Records that are not there: damaged, released unread, refused at a full ring. Pointers live as a record's. */
typedef struct logbuf_archive_gap {
  uint64_t lost;        /**< records; where `lost_known` */
  uint64_t from;        /**< positions [from, to) of the ring */
  uint64_t to;          /**< positions [from, to) of the ring */
  const char* why;      /**< for people */
  const char* producer; /**< where it is about one producer's records: its name; else empty */
  int32_t slot;         /**< likewise: its slot; else -1 */
  bool lost_known;      /**< somebody knows how many */
  uint8_t reserved[19]; /**< 0 */
} logbuf_archive_gap;

/** What an entry is. */
enum logbuf_archive_entry_kind {
  LOGBUF_ARCHIVE_RECORD = 0, /**< a record */
  LOGBUF_ARCHIVE_GAP = 1     /**< a gap */
};

/** A record or a gap. */
typedef struct logbuf_archive_entry {
  size_t size;                  /**< sizeof(logbuf_archive_entry); set before the call */
  uint32_t kind;                /**< enum logbuf_archive_entry_kind: the other one's fields mean nothing */
  uint32_t reserved;            /**< 0 */
  logbuf_archive_record record; /**< of LOGBUF_ARCHIVE_RECORD */
  logbuf_archive_gap gap;       /**< of LOGBUF_ARCHIVE_GAP */
} logbuf_archive_entry;

/** What a reader has passed since it was opened, or since the last seek. */
typedef struct logbuf_archive_totals {
  size_t size;            /**< sizeof(logbuf_archive_totals); set before the call */
  uint64_t files;         /**< segment files */
  uint64_t blocks;        /**< of them */
  uint64_t records;       /**< given */
  uint64_t payload_bytes; /**< of records */
  uint64_t gaps;          /**< given */
  uint64_t lost;          /**< records, where the gaps know */
  uint64_t refused;       /**< of these, records that producers counted as refused at a full ring */
  uint64_t holes;         /**< claims whose producers died: gaps that lost nothing */
  uint64_t damaged_bytes; /**< of files, passed over */
  uint64_t torn_bytes;    /**< an unfinished write at the end of the open file */
  uint64_t next_seq;      /**< the seq that should come next */
} logbuf_archive_totals;

/** The ring whose records these are. */
typedef struct logbuf_archive_ring {
  size_t size;         /**< sizeof(logbuf_archive_ring); set before the call */
  char name[136];      /**< the ring's */
  uint8_t uuid[16];    /**< made with the ring */
  uint64_t capacity;   /**< bytes */
  bool timestamps;     /**< records carry the time of their claim */
  uint8_t reserved[7]; /**< 0 */
} logbuf_archive_ring;

/** Reads an archive from its beginning, or from where a seek says. */
typedef struct logbuf_archive_reader logbuf_archive_reader;

/** Opens an archive directory (all its files, in seq order) or one segment file. Never trusts the files: every length
 * is checked, every checksum compared; damage becomes a gap, and reading goes on. May block on the disk, as all calls
 * here. Errors: LOGBUF_NOT_AN_ARCHIVE, LOGBUF_WRONG_ARCHIVE_VERSION, errno. */
LOGBUF_API int logbuf_archive_open(const char* path, logbuf_archive_reader** reader) LOGBUF_NOEXCEPT;
/** Ends the reader; the archive stays as it is. */
LOGBUF_API void logbuf_archive_close(logbuf_archive_reader* reader) LOGBUF_NOEXCEPT;
/** The next record or gap. Errors: LOGBUF_NOTHING: the end. There it may be called again: it then sees what has been
 * appended since, and never waits for it. LOGBUF_INVALID_ARGUMENT, errno. */
LOGBUF_API int logbuf_archive_next(logbuf_archive_reader* reader, logbuf_archive_entry* entry) LOGBUF_NOEXCEPT;
/** The records that are at hand behind the last entry, some hundred at the most: those that logbuf_archive_next() would
 * give, one by one, without reading on. They live until the reader's next call. Errors: LOGBUF_NOTHING (none: ask
 * logbuf_archive_next()), LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_archive_more(logbuf_archive_reader* reader, const logbuf_archive_record** records,
                                   size_t* count) LOGBUF_NOEXCEPT;
/** The next entry will be the first at or after this seq, before or behind where the reader stands; gaps that end
 * before it are not told. Three reads in a sealed file. Errors: errno. */
LOGBUF_API int logbuf_archive_seek_seq(logbuf_archive_reader* reader, uint64_t seq) LOGBUF_NOEXCEPT;
/** The next entry will be the first of the last `count` seqs. Otherwise as logbuf_archive_seek_seq(). */
LOGBUF_API int logbuf_archive_seek_last(logbuf_archive_reader* reader, uint64_t count) LOGBUF_NOEXCEPT;
/** The next entry will come from the first block that may hold a record of this time or later (since 1970-01-01 UTC):
 * older ones may come before it and between, for times need not go up. A record without a time has its block's
 * drain_time_ns. Otherwise as logbuf_archive_seek_seq(). */
LOGBUF_API int logbuf_archive_seek_time(logbuf_archive_reader* reader, int64_t time_ns) LOGBUF_NOEXCEPT;
/** The seq behind the last record that there is. The next call must be a seek. Errors: errno. */
LOGBUF_API int logbuf_archive_end_seq(logbuf_archive_reader* reader, uint64_t* seq) LOGBUF_NOEXCEPT;
/** What has been passed. Never waits. Errors: LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_archive_get_totals(const logbuf_archive_reader* reader,
                                         logbuf_archive_totals* totals) LOGBUF_NOEXCEPT;
/** The ring of the file in use; before the first entry: of the first file. Never waits. Errors:
 * LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_archive_get_ring(const logbuf_archive_reader* reader, logbuf_archive_ring* ring) LOGBUF_NOEXCEPT;
/** Is it a directory that holds segment files, or a segment file? */
LOGBUF_API bool logbuf_is_archive(const char* path) LOGBUF_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
