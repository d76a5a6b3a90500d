// A producer of LTTng-UST: PROGRAM PAGE -
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_tracepoint.hpp"
#include "produce.hpp"

int main(int argc, char** argv) {
  using namespace logbuf::bench_disk;
  return produce_as(argc, argv, [](Page& page, const char*) {
    static_assert(kRecordBytes == 16 * sizeof(std::uint64_t));
    // The session has been started: it is enabled as soon as the daemon has heard of this process.
    while (!lttng_ust_tracepoint_enabled(logbuf_bench, record)) rest();
    produce(page, [](std::span<const std::byte> bytes) {
      lttng_ust_tracepoint(logbuf_bench, record, reinterpret_cast<const std::uint64_t*>(bytes.data()));
    });
  });
}
