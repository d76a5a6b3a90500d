/** \file
 * What the C functions return, and how to say it to a person. See <logbuf/logbuf.h>.
 */
#ifndef LOGBUF_C_ERROR_H
#define LOGBUF_C_ERROR_H

#include <logbuf/export.hpp>

#ifdef __cplusplus
#define LOGBUF_NOEXCEPT noexcept
extern "C" {
#else
#define LOGBUF_NOEXCEPT /**< In C++: the function throws nothing. */
#endif

/** The results that are the library's own. An errno is returned with a minus sign and is none of these. */
enum logbuf_error {
  LOGBUF_OK = 0, /**< done */

  /* Setting up. Numbers and meanings are those of logbuf::Errc. */
  LOGBUF_INVALID_NAME = 1,           /**< a ring's name outside [A-Za-z0-9._-]{1,128} */
  LOGBUF_INVALID_CAPACITY = 2,       /**< not a power of two, too small or too large */
  LOGBUF_INVALID_OPTION = 3,         /**< a number of producers, a mode, a group, a name that cannot be */
  LOGBUF_NO_SUCH_RING = 4,           /**< no ring has this name */
  LOGBUF_RING_EXISTS = 5,            /**< the name of a ring to be made is taken */
  LOGBUF_NOT_PERMITTED = 6,          /**< the object's mode keeps us out; or fork() has copied the handle */
  LOGBUF_NO_MEMORY = 7,              /**< /dev/shm has not that much room */
  LOGBUF_NOT_A_RING = 8,             /**< the object's first bytes are not a ring's */
  LOGBUF_WRONG_LAYOUT = 9,           /**< a ring of another layout version */
  LOGBUF_DAMAGED_RING = 10,          /**< header, size or positions contradict each other */
  LOGBUF_WRONG_KIND = 11,            /**< an end that the ring's kind does not have */
  LOGBUF_NO_FREE_SLOT = 12,          /**< as many producers are attached as the ring has slots */
  LOGBUF_CONSUMER_PRESENT = 13,      /**< the ring has a living consumer */
  LOGBUF_RING_CLOSED = 14,           /**< the ring takes no more producers */
  LOGBUF_RING_QUARANTINED = 15,      /**< a record was found that no producer of ours can have written */
  LOGBUF_NOT_AN_ARCHIVE = 16,        /**< a directory or file that holds no archive */
  LOGBUF_ARCHIVE_IN_USE = 17,        /**< another writer holds the directory */
  LOGBUF_WRONG_ARCHIVE_VERSION = 18, /**< an archive format that this library does not know */
  LOGBUF_DAMAGED_ARCHIVE = 19,       /**< a file header that fails its checksum */
  LOGBUF_WRONG_RING = 20,            /**< the archive and the ring cannot belong together */
  LOGBUF_RING_IN_USE = 21,           /**< a ring that was to be removed has a living producer or consumer */
  LOGBUF_RING_NOT_EMPTY = 22,        /**< a ring that was to be removed holds records */

  /* Claiming, sending, receiving, reading. */
  LOGBUF_FULL = 101,         /**< no room in the ring now */
  LOGBUF_TOO_LARGE = 102,    /**< it never fits in the ring: see max_payload */
  LOGBUF_EMPTY = 103,        /**< a record of no bytes cannot be */
  LOGBUF_DISCONNECTED = 104, /**< the ring is closed, or the other side is gone; or fork() has copied the handle */
  LOGBUF_BUSY = 105,         /**< the handle's last claim is still open */
  LOGBUF_TIMEOUT = 106,      /**< the time is over */
  LOGBUF_NOTHING = 107,      /**< there is no record (yet) */
  LOGBUF_NO_CLAIM = 108,     /**< commit, abort, release or keep without a claim */

  /* The call itself. */
  LOGBUF_INVALID_ARGUMENT = 201, /**< NULL where something must be, a `size` that no version has */
  LOGBUF_INTERNAL = 202          /**< an exception that should not be: please report it */
};

/** A few words for any result of these functions, an errno's too: "the ring is closed". Never NULL; lives until the
 * thread's next call. Never waits; any thread. */
LOGBUF_API const char* logbuf_error_text(int result) LOGBUF_NOEXCEPT;

/** The sentence behind this thread's last failure in setting up (results below 100 and errnos): the thing's name, what
 * was wrong, what to do. Empty if there was none; lives until the thread's next failure. Never waits; any thread. */
LOGBUF_API const char* logbuf_error_detail(void) LOGBUF_NOEXCEPT;

/** The library's version, "0.1.0". Never waits; any thread. */
LOGBUF_API const char* logbuf_version(void) LOGBUF_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
