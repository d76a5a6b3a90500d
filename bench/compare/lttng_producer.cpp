// A producer of LTTng-UST: PROGRAM PAGE LIFE
//
// A tracepoint returns nothing: whether the event was recorded or discarded, only LTTng's own counter says.
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_tracepoint.hpp"
#include "produce.hpp"

int main(int argc, char** argv) {
  using namespace logbuf::compare;
  return produce_as(argc, argv, 0, [](Page& page, Life& life, std::uint32_t number, char**) {
    // An event of a tracepoint that is not enabled (yet, or any more) would be nobody's loss.
    const auto enabled = [&] {
      while (!lttng_ust_tracepoint_enabled(logbuf_compare, record)) {
        if (page.stop.load(std::memory_order_relaxed) != 0) return false;
        nap();
      }
      return true;
    };
    if (!enabled()) return 1;
    produce(page, life, number, [&](const RecordText& record) {
      if (!enabled()) return Put::stopped;
      lttng_ust_tracepoint(logbuf_compare, record, record.data());
      return Put::written;
    });
    return 0;
  });
}
