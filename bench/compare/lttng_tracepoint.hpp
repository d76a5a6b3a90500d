// The tracepoint of the LTTng producer. LTTng includes this file again and again, under its own macros.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER logbuf_compare
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "lttng_tracepoint.hpp"

#if !defined(LOGBUF_COMPARE_LTTNG_TRACEPOINT) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LOGBUF_COMPARE_LTTNG_TRACEPOINT

#include <lttng/tracepoint.h>

// clang-format off
LTTNG_UST_TRACEPOINT_EVENT(
    logbuf_compare, record,
    LTTNG_UST_TP_ARGS(const char*, text),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_array_text(char, text, text, 128)))
// clang-format on

#endif

#include <lttng/tracepoint-event.h>
