// The tracepoint of the LTTng producer. LTTng includes this file again and again, under its own macros.
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER logbuf_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "lttng_tracepoint.hpp"

#if !defined(LOGBUF_BENCH_LTTNG_TRACEPOINT) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LOGBUF_BENCH_LTTNG_TRACEPOINT

#include <lttng/tracepoint.h>

#include <cstdint>

// Numbers: LTTng copies these as they are; of text it looks for the end.
// clang-format off
LTTNG_UST_TRACEPOINT_EVENT(
    logbuf_bench, record,
    LTTNG_UST_TP_ARGS(const std::uint64_t*, payload),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_array(std::uint64_t, payload, payload, 16)))
// clang-format on

#endif

#include <lttng/tracepoint-event.h>
