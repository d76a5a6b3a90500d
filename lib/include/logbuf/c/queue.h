/** \file
 * Queues: a ring's two ends, neither of which ever waits but where it says so. The same as <logbuf/producer.hpp> and
 * <logbuf/consumer.hpp>, for rings of either kind.
 *
 *     void *bytes;
 *     if (logbuf_producer_try_claim(producer, 5, 0, LOGBUF_RETRY, &bytes) == LOGBUF_OK) {
 *       memcpy(bytes, "hello", 5);
 *       logbuf_producer_commit(producer, NULL);
 *     }
 */
#ifndef LOGBUF_C_QUEUE_H
#define LOGBUF_C_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <logbuf/c/error.h>
#include <logbuf/c/segment.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What becomes of a record that finds the ring full. */
enum logbuf_if_full {
  LOGBUF_RETRY = 0, /**< the caller will try again: nothing is lost */
  LOGBUF_DROP = 1   /**< it is lost: counted in the slot as refused, before the call returns, and told by the archive */
};

/** One committed record. `bytes` point into the ring, and live until its claim or batch is released. */
typedef struct logbuf_record {
  const void* bytes; /**< the payload, 8-byte aligned */
  size_t length;     /**< of the payload, bytes */
  uint64_t position; /**< of the record in the ring */
  int64_t time_ns;   /**< of its claim, since 1970-01-01 UTC; where `has_time` */
  uint16_t slot;     /**< its producer's */
  uint16_t type;     /**< the user's own */
  bool has_time;     /**< the ring has timestamps */
} logbuf_record;

/** A ring's writing end. */
typedef struct logbuf_producer logbuf_producer;
/** A ring's reading end: one at a time per ring, across processes. */
typedef struct logbuf_consumer logbuf_consumer;

/** Both ends of a ring without a name, for threads of one process. `options`: NULL for the defaults; mode and group
 * mean nothing. Errors: LOGBUF_INVALID_CAPACITY, _OPTION, LOGBUF_NO_MEMORY, LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_queue_create(const logbuf_segment_options* options, logbuf_producer** producer,
                                   logbuf_consumer** consumer) LOGBUF_NOEXCEPT;

/** \name Producer
 * \{ */

/** Takes a slot of the ring `name`, whichever kind it is, and touches the ring's pages. `as`: the producer's name, for
 * people and for the archive, at most 79 bytes; NULL: the program's. May block on memory. Errors: as
 * logbuf_segment_open(), and LOGBUF_NO_FREE_SLOT, LOGBUF_RING_CLOSED, LOGBUF_RING_QUARANTINED, LOGBUF_NO_MEMORY,
 * LOGBUF_INVALID_OPTION (the name). */
LOGBUF_API int logbuf_producer_attach(const char* name, const char* as, logbuf_producer** producer) LOGBUF_NOEXCEPT;
/** Another producer of the same ring, with another slot, under the same name. Errors: as logbuf_producer_attach(), and
 * LOGBUF_NOT_PERMITTED (fork() copied it). */
LOGBUF_API int logbuf_producer_clone(const logbuf_producer* producer, logbuf_producer** another) LOGBUF_NOEXCEPT;
/** Gives the slot back; aborts a claim that is open. */
LOGBUF_API void logbuf_producer_detach(logbuf_producer* producer) LOGBUF_NOEXCEPT;

/** Space for one record of `length` bytes, 1 to logbuf_producer_max_payload(), at `*bytes`: 8-byte aligned, and zero
 * until it is written. `if_full`: enum logbuf_if_full. Never waits. Acquires what the consumer has released. Errors:
 * LOGBUF_FULL, LOGBUF_TOO_LARGE, LOGBUF_EMPTY, LOGBUF_DISCONNECTED, LOGBUF_BUSY, LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_producer_try_claim(logbuf_producer* producer, size_t length, uint16_t type, int if_full,
                                         void** bytes) LOGBUF_NOEXCEPT;
/** Space for `count` records, `lengths[i]` bytes each, at `bytes[i]`; together with their headers they must fit in half
 * the ring. The consumer sees all of them or none. Otherwise as logbuf_producer_try_claim(). */
LOGBUF_API int logbuf_producer_try_claim_batch(logbuf_producer* producer, const size_t* lengths, size_t count,
                                               uint16_t type, int if_full, void** bytes) LOGBUF_NOEXCEPT;
/** Publishes what was claimed (release). `position`: NULL, or where to put the record's, of a batch the last one's.
 * Never waits, and wakes nobody: see logbuf_producer_notify(). Errors: LOGBUF_NO_CLAIM,
 * LOGBUF_DISCONNECTED (fork() has copied the handle). */
LOGBUF_API int logbuf_producer_commit(logbuf_producer* producer, uint64_t* position) LOGBUF_NOEXCEPT;
/** Gives the space back. Never waits. Errors: as logbuf_producer_commit(). */
LOGBUF_API int logbuf_producer_abort(logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** Claims, copies and commits. Errors: as logbuf_producer_try_claim(). */
LOGBUF_API int logbuf_producer_try_write(logbuf_producer* producer, const void* bytes, size_t length, uint16_t type,
                                         int if_full, uint64_t* position) LOGBUF_NOEXCEPT;
/** Wakes the consumer if it sleeps: one system call then, else none. */
LOGBUF_API void logbuf_producer_notify(logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** Waits until the record at `position` is durable in an archive: soon after with the archiver's `--sync batch`, up to
 * D later with `--sync interval=D`, and only when a file is sealed with `--sync none`. Any thread while the producer
 * lives. Errors: LOGBUF_TIMEOUT; LOGBUF_DISCONNECTED: the ring is quarantined, or closed and nobody drains it. */
LOGBUF_API int logbuf_producer_wait_durable(const logbuf_producer* producer, uint64_t position,
                                            int64_t timeout_ns) LOGBUF_NOEXCEPT;
/** The largest record, bytes. 0 for NULL. */
LOGBUF_API size_t logbuf_producer_max_payload(const logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** Its slot in the ring's producer table. */
LOGBUF_API uint16_t logbuf_producer_slot(const logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** The ring was closed or quarantined: nothing can be claimed any more. */
LOGBUF_API bool logbuf_producer_is_closed(const logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** Is a consumer attached and alive? Asks the kernel: one system call. */
LOGBUF_API bool logbuf_producer_has_consumer(const logbuf_producer* producer) LOGBUF_NOEXCEPT;
/** \} */

/** \name Consumer
 * \{ */

/** Why a consumer gets no record. */
enum logbuf_ring_state {
  LOGBUF_RING_READY = 0,     /**< a record is committed */
  LOGBUF_RING_IS_EMPTY = 1,  /**< all that was claimed has been read */
  LOGBUF_RING_BLOCKED = 2,   /**< the next claim is not finished: its producer is at work (or died at it) */
  LOGBUF_RING_UNREADABLE = 3 /**< quarantined: the next header cannot be a record's, nothing more can be read */
};

/** What stands in the way of a blocked consumer. */
enum logbuf_blockage_kind {
  LOGBUF_BLOCKAGE_NONE = 0,     /**< nothing any more */
  LOGBUF_BLOCKAGE_WAITING = 1,  /**< a living producer's claim */
  LOGBUF_BLOCKAGE_RECOVERED = 2 /**< its producer was dead: the claim is a skip now */
};

/** What logbuf_consumer_unblock() found and did. */
typedef struct logbuf_blockage {
  size_t size;                /**< sizeof(logbuf_blockage); set before the call */
  uint64_t position;          /**< of the claim */
  uint64_t extent_bytes;      /**< recovered: of the claim; waiting: of all that is claimed behind it */
  int64_t since_ns;           /**< when it was first found waiting, since 1970-01-01 UTC; 0: only now */
  logbuf_end_status producer; /**< where `slot` is one */
  uint32_t kind;              /**< enum logbuf_blockage_kind */
  int32_t slot;               /**< -1: no producer says that the claim is its own */
} logbuf_blockage;

/** What a batch has walked so far: positions [begin, end), of which [data_position, data_position + data_bytes) holds
 * the records, headers and skips between them as they lie at `data`; before and behind it are skips only. */
typedef struct logbuf_batch {
  uint64_t begin;         /**< position */
  uint64_t end;           /**< position */
  uint64_t data_position; /**< position */
  const void* data;       /**< where it lies in the ring */
  size_t data_bytes;      /**< of it */
  uint64_t records;       /**< walked */
  uint64_t first_record;  /**< the ring's own count of records before this batch */
} logbuf_batch;

/** How far an archive of a ring has come. A record is archived, or durable, where it begins below a position; seqs are
 * those of the first record that is not. */
typedef struct logbuf_archive_progress {
  uint64_t written;     /**< position */
  uint64_t synced;      /**< position */
  uint64_t written_seq; /**< of the archive */
  uint64_t synced_seq;  /**< of the archive */
} logbuf_archive_progress;

/** Takes the reading end of the ring `name`: finishes what a dead predecessor began to release, touches the ring's
 * pages. `as`: as logbuf_producer_attach(). May block on memory. Errors: as logbuf_segment_open(), and
 * LOGBUF_CONSUMER_PRESENT (the detail names the holder), LOGBUF_RING_QUARANTINED, LOGBUF_NO_MEMORY,
 * LOGBUF_INVALID_OPTION (the name). */
LOGBUF_API int logbuf_consumer_attach(const char* name, const char* as, logbuf_consumer** consumer) LOGBUF_NOEXCEPT;
/** Releases the record or what was walked of the batch, and gives the reading end back. What was not released stays in
 * a named ring. */
LOGBUF_API void logbuf_consumer_detach(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;

/** The next record, until logbuf_consumer_release(). Never waits. Errors: LOGBUF_NOTHING (logbuf_consumer_state() says
 * why), LOGBUF_BUSY (the last claim or batch is open), LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_consumer_try_claim(logbuf_consumer* consumer, logbuf_record* record) LOGBUF_NOEXCEPT;
/** The next records, until `max_bytes` (headers included; at least one record), the end of the lap, or one that is not
 * committed: logbuf_consumer_next() gives them, logbuf_consumer_release() ends the batch. It may hold no record but the
 * skip over a dead producer's claim. Spins for some microseconds at most. Errors: as logbuf_consumer_try_claim(). */
LOGBUF_API int logbuf_consumer_try_claim_batch(logbuf_consumer* consumer, uint64_t max_bytes) LOGBUF_NOEXCEPT;
/** The next record of the batch. Errors: LOGBUF_NOTHING (it is at its end), LOGBUF_NO_CLAIM (no batch is open). */
LOGBUF_API int logbuf_consumer_next(logbuf_consumer* consumer, logbuf_record* record) LOGBUF_NOEXCEPT;
/** All that logbuf_consumer_next() would still give, at once. Errors: LOGBUF_NO_CLAIM. */
LOGBUF_API int logbuf_consumer_walk(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** What has been walked of the batch. Errors: LOGBUF_NO_CLAIM. */
LOGBUF_API int logbuf_consumer_batch(const logbuf_consumer* consumer, logbuf_batch* batch) LOGBUF_NOEXCEPT;
/** Gives the producers the space of the record, or of what was walked of the batch; what was not walked stays in the
 * ring. Errors: LOGBUF_NO_CLAIM. */
LOGBUF_API int logbuf_consumer_release(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Ends a batch and releases nothing: all of it stays in the ring. Errors: LOGBUF_NO_CLAIM (no batch is open). */
LOGBUF_API int logbuf_consumer_keep(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;

/** enum logbuf_ring_state. Quarantines the ring where a header stands that nobody has claimed. */
LOGBUF_API int logbuf_consumer_state(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** For a consumer that is blocked: asks the kernel whether the producer of the next claim lives, and if it died before
 * its commit, makes a skip of the claim. Call it when spinning has not helped, and again every few milliseconds while
 * it says LOGBUF_BLOCKAGE_WAITING; a receiver does so by itself. `blockage`: NULL, or where to say it. Some system
 * calls; never waits. Errors: LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_consumer_unblock(logbuf_consumer* consumer, logbuf_blockage* blockage) LOGBUF_NOEXCEPT;
/** No producer can claim any more; what is in the ring can still be read. */
LOGBUF_API bool logbuf_consumer_is_closed(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Is any producer attached and alive? Asks the kernel, once per slot in use. */
LOGBUF_API bool logbuf_consumer_has_producers(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Did any producer ever attach to this ring? */
LOGBUF_API bool logbuf_consumer_had_producers(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Position: all below has been released. */
LOGBUF_API uint64_t logbuf_consumer_position(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Position: all below has been claimed by now. */
LOGBUF_API uint64_t logbuf_consumer_tail(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** The ring's count of records below logbuf_consumer_position(). */
LOGBUF_API uint64_t logbuf_consumer_records_consumed(const logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** As logbuf_segment_info(), without opening the ring again. */
LOGBUF_API int logbuf_consumer_info(const logbuf_consumer* consumer, logbuf_ring_info* info) LOGBUF_NOEXCEPT;
/** As logbuf_segment_status(), without opening the ring again. */
LOGBUF_API int logbuf_consumer_status(const logbuf_consumer* consumer, logbuf_ring_status* status,
                                      logbuf_producer_status* producers, size_t max_producers) LOGBUF_NOEXCEPT;
/** Who has this slot now, without asking whether it is alive. Records of the slot before attached_at were another's.
 * Errors: LOGBUF_INVALID_ARGUMENT (a slot that the ring has not). */
LOGBUF_API int logbuf_consumer_producer(const logbuf_consumer* consumer, uint16_t slot,
                                        logbuf_end_status* producer) LOGBUF_NOEXCEPT;
/** Goes up each time somebody attaches to the slot: may logbuf_consumer_producer() say something else by now? 0 for a
 * slot that the ring has not. */
LOGBUF_API uint32_t logbuf_consumer_incarnation(const logbuf_consumer* consumer, uint16_t slot) LOGBUF_NOEXCEPT;
/** Records that the producers of one slot could not write at a full ring, and counted: of all who ever had it, and of
 * these before the present one attached. They belong to logbuf_consumer_incarnation() where that says the same before
 * and behind. Errors: LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_consumer_refusals(const logbuf_consumer* consumer, uint16_t slot, uint64_t* total,
                                        uint64_t* earlier) LOGBUF_NOEXCEPT;
/** For a consumer that archives: tells the ring's status, and producers that wait until a record is durable, how far it
 * has come. What goes back is not told. Never waits. Errors: LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_consumer_report_archived(logbuf_consumer* consumer,
                                               const logbuf_archive_progress* progress) LOGBUF_NOEXCEPT;
/** Disconnects everybody, as logbuf_segment_close(). */
LOGBUF_API void logbuf_consumer_close(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** Sleeps until a record is committed, the ring is closed, the consumer is notified or interrupted, or the time is
 * over; also returns early for no reason. Producers do not wake it unless they notify; senders do. */
LOGBUF_API void logbuf_consumer_park(logbuf_consumer* consumer, int64_t timeout_ns) LOGBUF_NOEXCEPT;
/** Ends the logbuf_consumer_park() that another thread is in, or its next one. Any thread. */
LOGBUF_API void logbuf_consumer_interrupt(logbuf_consumer* consumer) LOGBUF_NOEXCEPT;
/** \} */

#ifdef __cplusplus
}
#endif

#endif
