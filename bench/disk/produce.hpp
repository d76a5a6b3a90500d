// What every producer does: hand over the same records, as fast as it goes or each timed by itself.
#pragma once

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>

#include "../cycle_timer.hpp"
#include "../numbered_records.hpp"
#include "page.hpp"

namespace logbuf::bench_disk {

// What was handed over is taken away meanwhile: how full it is not everybody says.
inline void rest() noexcept {
  const timespec time = {.tv_sec = 0, .tv_nsec = 20'000'000};
  ::nanosleep(&time, nullptr);
}

template <typename Put>
void produce_fast(const Task& task, Produced& produced, Put put) {
  bench::NumberedRecords records(kRecordBytes);
  produced.first_ns = bench::monotonic_ns();
  for (std::uint64_t i = 0; i < task.records; ++i) put(records.next());
}

template <typename Put>
void produce_timed(const Task& task, Produced& produced, Put put) {
  bench::NumberedRecords records(kRecordBytes);
  produced.timer_cycles = bench::measure_timer_cycles();
  produced.first_ns = bench::monotonic_ns();
  for (std::uint64_t i = 0; i < task.records; ++i) {
    if (i % task.rest_every_records == 0) rest();
    const auto record = records.next();
    const std::uint64_t before = bench::cycles_before();
    put(record);
    const std::uint64_t after = bench::cycles_after();
    if (i < task.warm_up_records) continue;
    produced.cycles.add(after - before);
    produced.sum_cycles += after - before;
  }
}

// `put` takes a record, and waits where there is no room for it.
template <typename Put>
void produce(Page& page, Put put) {
  if (page.task.measure == Measure::throughput) {
    produce_fast(page.task, page.produced, put);
  } else {
    produce_timed(page.task, page.produced, put);
  }
}

// main() of a producer: PROGRAM PAGE TARGET; `run(page, target)` begins, calls produce(), and brings to file what is
// its own to bring.
template <typename Run>
int produce_as(int argc, char** argv, Run run) {
  if (argc != 3) {
    std::fprintf(stderr, "%s: only logbuf-bench-disk starts this\n", argv[0]);
    return 2;
  }
  try {
    const bench::SharedMemory memory(std::atoi(argv[1]), sizeof(Page));
    Page& page = page_in(memory);
    run(page, argv[2]);
    // release: with all that was noted; pairs with the coordinator's look.
    page.done.store(1, std::memory_order_release);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace logbuf::bench_disk
