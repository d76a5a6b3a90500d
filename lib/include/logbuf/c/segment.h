/** \file
 * A ring's segment: the named POSIX shared-memory object that holds the ring. Made, looked at, closed and removed here;
 * written through a producer, read through a consumer (queue.h). The same as <logbuf/segment.hpp>.
 */
#ifndef LOGBUF_C_SEGMENT_H
#define LOGBUF_C_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <logbuf/c/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Of a ring: how its producers take space. Always one consumer. */
enum logbuf_kind {
  LOGBUF_MPSC = 0, /**< many producers, by CAS */
  LOGBUF_SPSC = 1  /**< one producer, by a store */
};

/** What a ring is to be. Begin with LOGBUF_SEGMENT_OPTIONS_INIT, which has the defaults. */
typedef struct logbuf_segment_options {
  size_t size;            /**< sizeof(logbuf_segment_options) */
  size_t capacity;        /**< bytes; a power of two, 4 KiB to 1 GiB; default: 64 MiB */
  uint32_t kind;          /**< enum logbuf_kind; default: LOGBUF_MPSC */
  uint32_t max_producers; /**< 1 to 4096, default 64; an spsc ring has one */
  uint32_t mode;          /**< of the object, whatever the umask; default: 0600 */
  bool timestamps;        /**< every record carries the time of its claim, and a header of 16 bytes instead of 8 */
  bool huge_pages;        /**< ask for them; no error where there are none */
  uint8_t reserved[2];    /**< 0 */
  const char* group;      /**< of the object, by name or number; NULL: the creator's */
} logbuf_segment_options;

/** The defaults: `logbuf_segment_options options = LOGBUF_SEGMENT_OPTIONS_INIT;` */
#define LOGBUF_SEGMENT_OPTIONS_INIT \
  {sizeof(logbuf_segment_options), (size_t)64 << 20, LOGBUF_MPSC, 64, 0600, false, false, {0, 0}, NULL}

/** What never changes in a ring's life. */
typedef struct logbuf_ring_info {
  size_t size;             /**< sizeof(logbuf_ring_info); set before the call */
  char name[136];          /**< empty: anonymous */
  uint8_t uuid[16];        /**< made with the ring */
  uint64_t segment_size;   /**< bytes */
  uint64_t capacity;       /**< bytes */
  uint64_t max_payload;    /**< bytes: the largest record */
  int64_t created_ns;      /**< since 1970-01-01 UTC */
  uint32_t kind;           /**< enum logbuf_kind */
  uint32_t max_producers;  /**< slots */
  uint32_t layout_version; /**< of the shared memory */
  uint32_t creator_pid;    /**< for people */
  bool timestamps;         /**< records carry the time of their claim */
  uint8_t reserved[7];     /**< 0 */
} logbuf_ring_info;

/** An empty one, to be filled by a call. */
#define LOGBUF_RING_INFO_INIT {sizeof(logbuf_ring_info), {0}, {0}, 0, 0, 0, 0, 0, 0, 0, 0, false, {0}}

/** One end of a ring, as it says of itself, and as the kernel knows (alive). */
typedef struct logbuf_end_status {
  uint64_t pid_start;   /**< clock ticks since boot */
  int64_t attached_ns;  /**< since 1970-01-01 UTC */
  uint64_t attached_at; /**< position: tail then */
  uint32_t pid;         /**< for people */
  bool alive;           /**< by the kernel's lock */
  char name[83];        /**< for people */
} logbuf_end_status;

/** One producer, and what it did since it attached. */
typedef struct logbuf_producer_status {
  logbuf_end_status end; /**< who it is */
  uint64_t records;      /**< committed */
  uint64_t bytes;        /**< of payload */
  uint64_t refused;      /**< records, at a full ring, and counted */
  uint64_t aborted;      /**< claims */
  uint16_t slot;         /**< of the producer table */
  uint8_t reserved[14];  /**< 0 */
} logbuf_producer_status;

/** A look at the words that change. They are read one after the other while others write: each is true, together they
 * may be a moment apart. */
typedef struct logbuf_ring_status {
  size_t size;                  /**< sizeof(logbuf_ring_status); set before the call */
  uint64_t tail;                /**< position: all below is claimed */
  uint64_t consumed;            /**< position: all below is spoken for */
  uint64_t head;                /**< position: all below is free again */
  uint64_t records_consumed;    /**< records */
  uint64_t producers_attached;  /**< ever */
  uint64_t total_records;       /**< over all producers there have ever been, as the next three */
  uint64_t total_bytes;         /**< of payload */
  uint64_t total_refused;       /**< records */
  uint64_t total_aborted;       /**< claims */
  uint64_t holes;               /**< claims of dead producers that consumers made skips of */
  uint64_t quarantine_position; /**< where `quarantined` */
  uint64_t quarantine_header;   /**< the word found there */
  uint64_t archive_written;     /**< position: all below is archived; where `has_archive`, as the next three */
  uint64_t archive_synced;      /**< position: all below is durable */
  uint64_t archive_written_seq; /**< of the archive: the first that is not archived */
  uint64_t archive_synced_seq;  /**< of the archive: the first that is not durable */
  uint64_t blocked_position;    /**< where `is_blocked`: of the claim that the consumer waits for */
  int64_t blocked_since_ns;     /**< since 1970-01-01 UTC; 0: no consumer has waited for it yet */
  uint64_t producers;           /**< how many are attached, or dead without having detached */
  logbuf_end_status consumer;   /**< where `has_consumer` */
  uint32_t consumers_attached;  /**< ever: more than one, and a successor has gone on */
  int32_t blocked_slot;         /**< of the producer whose claim it is; -1: no producer says that it is its own */
  bool closed;                  /**< takes no more records */
  bool quarantined;             /**< nothing more can be read */
  bool has_archive;             /**< a consumer has archived something of it */
  bool is_blocked;              /**< the next claim is not finished */
  bool has_consumer;            /**< one is attached, or died attached */
  uint8_t reserved[3];          /**< 0 */
} logbuf_ring_status;

/** What may keep a ring from being removed. */
enum logbuf_removal {
  LOGBUF_IF_EMPTY = 0,      /**< somebody living who is attached; a committed record that nobody has consumed */
  LOGBUF_IF_UNATTACHED = 1, /**< somebody living who is attached */
  LOGBUF_AT_ONCE = 2        /**< nothing: who is attached is disconnected */
};

/** A ring that was opened to be looked at. Unlike the other handles, safe to use from several threads at once. */
typedef struct logbuf_segment logbuf_segment;

/** Makes the ring, complete, in one step; its memory is reserved, for which a large one takes a second. Does not attach
 * to it. `options`: NULL for the defaults. `segment`: NULL, or where to put the ring's handle.
 * Errors: LOGBUF_INVALID_NAME, _CAPACITY, _OPTION, LOGBUF_RING_EXISTS, LOGBUF_NO_MEMORY, LOGBUF_NOT_PERMITTED,
 * LOGBUF_INVALID_ARGUMENT (options->size), errno. Any thread. */
LOGBUF_API int logbuf_segment_create(const char* name, const logbuf_segment_options* options,
                                     logbuf_segment** segment) LOGBUF_NOEXCEPT;
/** Opens what is there; never creates. Where it may not be written, it can still be looked at.
 * Errors: LOGBUF_INVALID_NAME, LOGBUF_NO_SUCH_RING, LOGBUF_NOT_PERMITTED, LOGBUF_NOT_A_RING, LOGBUF_WRONG_LAYOUT,
 * LOGBUF_DAMAGED_RING, errno. Any thread. */
LOGBUF_API int logbuf_segment_open(const char* name, logbuf_segment** segment) LOGBUF_NOEXCEPT;
/** Ends the handle; the ring stays. */
LOGBUF_API void logbuf_segment_free(logbuf_segment* segment) LOGBUF_NOEXCEPT;
/** Takes the name away, whatever has it by now; who is attached goes on, the memory is freed with the last of them. For
 * what cannot be opened; else see logbuf_segment_remove(). Errors: LOGBUF_INVALID_NAME, LOGBUF_NO_SUCH_RING,
 * LOGBUF_NOT_PERMITTED, errno. Any thread. */
LOGBUF_API int logbuf_segment_unlink(const char* name) LOGBUF_NOEXCEPT;
/** Calls `each` with the name of each ring of this machine, sorted, until it returns something else than 0; returns
 * that. Whether they can be opened is another matter. `each` must not throw. Any thread. */
LOGBUF_API int logbuf_segment_list(int (*each)(const char* name, void* context), void* context) LOGBUF_NOEXCEPT;

/** What never changes. Errors: LOGBUF_INVALID_ARGUMENT. Never waits. */
LOGBUF_API int logbuf_segment_info(const logbuf_segment* segment, logbuf_ring_info* info) LOGBUF_NOEXCEPT;
/** What changes. Asks the kernel, once per end, who is alive; never waits. `producers`: room for `max_producers` of
 * them, or NULL and 0; status->producers says how many there are, of which the first are there.
 * Errors: LOGBUF_INVALID_ARGUMENT, -ENOMEM. */
LOGBUF_API int logbuf_segment_status(const logbuf_segment* segment, logbuf_ring_status* status,
                                     logbuf_producer_status* producers, size_t max_producers) LOGBUF_NOEXCEPT;
/** Disconnects everybody, for good: claims are refused from now on, the consumer still gets what is in the ring.
 * Errors: LOGBUF_NOT_PERMITTED (the segment could only be opened for reading). */
LOGBUF_API int logbuf_segment_close(logbuf_segment* segment) LOGBUF_NOEXCEPT;
/** Takes the ring's name away, unless somebody needs it (`removal`: enum logbuf_removal), in one step for all others.
 * Errors: LOGBUF_RING_IN_USE, LOGBUF_RING_NOT_EMPTY, LOGBUF_RING_QUARANTINED (LOGBUF_IF_EMPTY: what it holds cannot be
 * told), LOGBUF_DAMAGED_RING, LOGBUF_NOT_PERMITTED, LOGBUF_NO_SUCH_RING (somebody else has removed it), errno. */
LOGBUF_API int logbuf_segment_remove(logbuf_segment* segment, int removal) LOGBUF_NOEXCEPT;
/** Would logbuf_segment_remove() take it away, as things stand? Only looks. Errors: those of logbuf_segment_remove().
 */
LOGBUF_API int logbuf_segment_may_remove(const logbuf_segment* segment, int removal) LOGBUF_NOEXCEPT;

/** Can a ring hold so many bytes? Any thread. */
LOGBUF_API bool logbuf_valid_capacity(size_t capacity) LOGBUF_NOEXCEPT;
/** Can a ring have this name? Any thread. */
LOGBUF_API bool logbuf_valid_ring_name(const char* name) LOGBUF_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
