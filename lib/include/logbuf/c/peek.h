/** \file
 * Looking at a live ring without taking anything from it. Needs read permission only; costs the ring's ends nothing.
 * The same as <logbuf/peek.hpp>.
 */
#ifndef LOGBUF_C_PEEK_H
#define LOGBUF_C_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <logbuf/c/error.h>
#include <logbuf/c/segment.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A copy of a record, taken while it was whole; or what was missed. Pointers live until the next
 * logbuf_peek_next(). */
typedef struct logbuf_peeked {
  size_t size;          /**< sizeof(logbuf_peeked); set before the call */
  uint64_t missed;      /**< above 0: so many records at [position, end) were released before they were looked at, and
                             the rest but `end` means nothing */
  uint64_t position;    /**< of the record in the ring */
  uint64_t end;         /**< position: of what was missed */
  uint64_t seq;         /**< the ring's own count of records before this one */
  const void* bytes;    /**< the payload */
  size_t length;        /**< of the payload, bytes */
  const char* producer; /**< its producer's name, at most 79 bytes; empty: not known any more */
  int64_t time_ns;      /**< of its claim, since 1970-01-01 UTC; where `has_time` */
  uint16_t slot;        /**< its producer's */
  uint16_t type;        /**< the user's own */
  bool has_time;        /**< the ring has timestamps */
  uint8_t reserved[3];  /**< 0 */
} logbuf_peeked;

/** A walk from the oldest record in the ring towards the newest. */
typedef struct logbuf_peek logbuf_peek;

/** Errors: as logbuf_segment_open(). */
LOGBUF_API int logbuf_peek_open(const char* name, logbuf_peek** peek) LOGBUF_NOEXCEPT;
/** Ends the walk; the ring stays as it is. */
LOGBUF_API void logbuf_peek_close(logbuf_peek* peek) LOGBUF_NOEXCEPT;
/** The next record, or what was missed. Never waits. Errors: LOGBUF_NOTHING (there is none, yet),
 * LOGBUF_RING_QUARANTINED, LOGBUF_DAMAGED_RING, LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_peek_next(logbuf_peek* peek, logbuf_peeked* peeked) LOGBUF_NOEXCEPT;
/** Sleeps until there may be something new, at most `timeout_ns`; where the consumer is awake, it naps. */
LOGBUF_API void logbuf_peek_wait(logbuf_peek* peek, int64_t timeout_ns) LOGBUF_NOEXCEPT;
/** Position: the next record would be here. */
LOGBUF_API uint64_t logbuf_peek_position(const logbuf_peek* peek) LOGBUF_NOEXCEPT;
/** Position: all below has been claimed by producers. */
LOGBUF_API uint64_t logbuf_peek_tail(const logbuf_peek* peek) LOGBUF_NOEXCEPT;
/** As logbuf_segment_info(), without opening the ring again. */
LOGBUF_API int logbuf_peek_info(const logbuf_peek* peek, logbuf_ring_info* info) LOGBUF_NOEXCEPT;
/** The ring takes no more records. */
LOGBUF_API bool logbuf_peek_is_closed(const logbuf_peek* peek) LOGBUF_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
