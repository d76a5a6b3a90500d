/** \file
 * logbuf for C, and for every language that calls C: the same queues, channels, looks at live rings and archives as in
 * <logbuf/logbuf.hpp>, which says how they work. C99, C11 and C++.
 *
 * What holds for all of it:
 * - Results. A function that can fail returns `int`: LOGBUF_OK (0); one of logbuf_error, above 0; or an errno with a
 *   minus sign. logbuf_error_text() has a word for each of them, logbuf_error_detail() the sentence for a person. What
 *   a function gives through a pointer is set only where it returns LOGBUF_OK. No exception leaves the library.
 * - Handles. An opaque type each; made by a function that takes `type **`, and ended by one that takes `type *` and
 *   does nothing with NULL. To use a handle behind its end is an error that nothing finds.
 * - Threads. One thread at a time per handle, but for the calls that say otherwise; any number of handles.
 * - Claims. A handle has one claim (or batch) at a time, which is named by the handle. What a claim's pointers point to
 *   lies in the ring: it is gone with commit, abort, release or keep, and with the handle.
 * - Strings. Zero-terminated; NULL is the empty one. They are copied.
 * - Sizes of structures. Those that begin with `size` may grow. Set it to `sizeof` of what was compiled (the
 *   LOGBUF_..._INIT macros do): an older library is refused what it does not know, a newer one leaves alone what the
 *   caller does not.
 * - Times are ns; of clocks, since 1970-01-01 UTC. Where a function waits, a time-out below 0 is none.
 * - fork(). In the child a handle of the parent refuses (LOGBUF_DISCONNECTED) or finds nothing: attach anew there.
 */
#ifndef LOGBUF_LOGBUF_H
#define LOGBUF_LOGBUF_H

#include <logbuf/c/archive.h> /* a ring's records on disk */
#include <logbuf/c/channel.h> /* sender and receiver: the same with waiting */
#include <logbuf/c/error.h>   /* results and what they say */
#include <logbuf/c/peek.h>    /* look at a live ring */
#include <logbuf/c/queue.h>   /* producer and consumer: claim, commit, read, release; never wait */
#include <logbuf/c/segment.h> /* rings: make, look at, close, remove */

#endif
