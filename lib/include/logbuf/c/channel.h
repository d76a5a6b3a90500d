/** \file
 * Channels: a ring's two ends with waiting. A sender backs off at a full ring, a receiver sleeps at an empty one;
 * neither waits for a peer that is gone. The same as <logbuf/channel.hpp>, for rings of either kind.
 */
#ifndef LOGBUF_C_CHANNEL_H
#define LOGBUF_C_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <logbuf/c/error.h>
#include <logbuf/c/queue.h>
#include <logbuf/c/segment.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A ring's writing end, which wakes the receiver where it sleeps. */
typedef struct logbuf_sender logbuf_sender;
/** A ring's reading end, which sleeps. */
typedef struct logbuf_receiver logbuf_receiver;

/** As logbuf_queue_create(). Ending the receiver, or the last sender, disconnects the other side. */
LOGBUF_API int logbuf_channel_create(const logbuf_segment_options* options, logbuf_sender** sender,
                                     logbuf_receiver** receiver) LOGBUF_NOEXCEPT;

/** \name Sender
 * \{ */

/** As logbuf_producer_attach(). */
LOGBUF_API int logbuf_sender_attach(const char* name, const char* as, logbuf_sender** sender) LOGBUF_NOEXCEPT;
/** As logbuf_producer_clone(). */
LOGBUF_API int logbuf_sender_clone(const logbuf_sender* sender, logbuf_sender** another) LOGBUF_NOEXCEPT;
/** As logbuf_producer_detach(). */
LOGBUF_API void logbuf_sender_detach(logbuf_sender* sender) LOGBUF_NOEXCEPT;

/** Space for a record, as logbuf_producer_try_claim(); waits at a full ring (spins, yields, then naps of up to a
 * millisecond) for about `timeout_ns` at most, below 0: for as long as a consumer lives. Errors: LOGBUF_FULL (the time
 * is over; not counted), LOGBUF_DISCONNECTED (the ring is closed, or it is full and has no living consumer),
 * LOGBUF_TOO_LARGE, LOGBUF_EMPTY, LOGBUF_BUSY, LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_sender_claim(logbuf_sender* sender, size_t length, uint16_t type, int64_t timeout_ns,
                                   void** bytes) LOGBUF_NOEXCEPT;
/** The same without waiting. A record that finds the ring full is lost, and counted as refused. */
LOGBUF_API int logbuf_sender_try_claim(logbuf_sender* sender, size_t length, uint16_t type,
                                       void** bytes) LOGBUF_NOEXCEPT;
/** As logbuf_producer_commit(), and wakes the receiver if it sleeps (one system call then). */
LOGBUF_API int logbuf_sender_commit(logbuf_sender* sender, uint64_t* position) LOGBUF_NOEXCEPT;
/** As logbuf_producer_abort(). */
LOGBUF_API int logbuf_sender_abort(logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** Claims as logbuf_sender_claim() without a limit of time, copies and commits. `position`: NULL, or where to put it.
 */
LOGBUF_API int logbuf_sender_send(logbuf_sender* sender, const void* bytes, size_t length, uint16_t type,
                                  uint64_t* position) LOGBUF_NOEXCEPT;
/** The same without waiting, as logbuf_sender_try_claim(). */
LOGBUF_API int logbuf_sender_try_send(logbuf_sender* sender, const void* bytes, size_t length, uint16_t type,
                                      uint64_t* position) LOGBUF_NOEXCEPT;
/** As logbuf_producer_notify(). */
LOGBUF_API void logbuf_sender_notify(logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** As logbuf_producer_wait_durable(). */
LOGBUF_API int logbuf_sender_wait_durable(const logbuf_sender* sender, uint64_t position,
                                          int64_t timeout_ns) LOGBUF_NOEXCEPT;
/** As logbuf_producer_max_payload(). */
LOGBUF_API size_t logbuf_sender_max_payload(const logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** As logbuf_producer_slot(). */
LOGBUF_API uint16_t logbuf_sender_slot(const logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** As logbuf_producer_is_closed(). */
LOGBUF_API bool logbuf_sender_is_closed(const logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** As logbuf_producer_has_consumer(). */
LOGBUF_API bool logbuf_sender_has_consumer(const logbuf_sender* sender) LOGBUF_NOEXCEPT;
/** \} */

/** \name Receiver
 * \{ */

/** As logbuf_consumer_attach(). */
LOGBUF_API int logbuf_receiver_attach(const char* name, const char* as, logbuf_receiver** receiver) LOGBUF_NOEXCEPT;
/** As logbuf_consumer_detach(). */
LOGBUF_API void logbuf_receiver_detach(logbuf_receiver* receiver) LOGBUF_NOEXCEPT;

/** The next record, until logbuf_receiver_release(); spins briefly, then sleeps until there is one, at most
 * `timeout_ns` (0: not at all; below 0: without limit). Errors: LOGBUF_TIMEOUT; LOGBUF_DISCONNECTED: the ring is empty,
 * and closed or every producer that ever attached is gone (on a named ring new ones may still come: call again);
 * LOGBUF_BUSY; LOGBUF_INVALID_ARGUMENT. */
LOGBUF_API int logbuf_receiver_recv(logbuf_receiver* receiver, int64_t timeout_ns,
                                    logbuf_record* record) LOGBUF_NOEXCEPT;
/** Several records at once, as logbuf_consumer_try_claim_batch(), with the waiting of logbuf_receiver_recv(). */
LOGBUF_API int logbuf_receiver_recv_batch(logbuf_receiver* receiver, uint64_t max_bytes,
                                          int64_t timeout_ns) LOGBUF_NOEXCEPT;
/** As logbuf_consumer_next(). */
LOGBUF_API int logbuf_receiver_next(logbuf_receiver* receiver, logbuf_record* record) LOGBUF_NOEXCEPT;
/** As logbuf_consumer_release(). */
LOGBUF_API int logbuf_receiver_release(logbuf_receiver* receiver) LOGBUF_NOEXCEPT;
/** As logbuf_consumer_keep(). */
LOGBUF_API int logbuf_receiver_keep(logbuf_receiver* receiver) LOGBUF_NOEXCEPT;
/** As logbuf_segment_close(). */
LOGBUF_API void logbuf_receiver_close(logbuf_receiver* receiver) LOGBUF_NOEXCEPT;
/** The receiver as a consumer, for the calls that channels do not have. It is the receiver's, and ends with it; not to
 * be detached. NULL for NULL. */
LOGBUF_API logbuf_consumer* logbuf_receiver_consumer(logbuf_receiver* receiver) LOGBUF_NOEXCEPT;
/** \} */

#ifdef __cplusplus
}
#endif

#endif
