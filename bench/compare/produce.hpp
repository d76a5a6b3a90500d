// What every producer does: write its records as fast as it goes while the gate is open, and note how far it has come
// and how long each call took.
#pragma once

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "../cycle_timer.hpp"
#include "page.hpp"
#include "record.hpp"

namespace logbuf::compare {

enum class Put { written, refused, stopped };

// The others get the processor.
inline void nap() noexcept {
  const timespec time = {.tv_sec = 0, .tv_nsec = 200'000};
  ::nanosleep(&time, nullptr);
}

// One writer: a load and a store are enough, and cost the producer less.
inline void add_one(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

template <typename PutRecord>
void produce(const Page& page, Life& life, std::uint32_t number, PutRecord put) {
  life.ready.store(1, std::memory_order_release);
  for (std::uint64_t n = 0; page.stop.load(std::memory_order_relaxed) == 0;) {
    if (page.open.load(std::memory_order_relaxed) == 0) {
      nap();
      continue;
    }
    const RecordText record = make_record({.life = number, .n = n});
    const std::uint64_t before = bench::monotonic_ns();
    life.call_since_ns.store(before, std::memory_order_relaxed);
    const Put result = put(record);
    if (result == Put::stopped) return;
    // At once: what was written and is not counted as written when the kill comes is not missed later.
    add_one(result == Put::written ? life.written : life.refused);
    ++n;
    life.call_since_ns.store(0, std::memory_order_relaxed);
    const std::uint64_t took = bench::monotonic_ns() - before;
    auto& longest = life.longest_ns[static_cast<std::size_t>(page.phase.load(std::memory_order_relaxed))];
    if (took > longest.load(std::memory_order_relaxed)) longest.store(took, std::memory_order_relaxed);
  }
}

// main() of a producer: PROGRAM PAGE LIFE ARGUMENT...; `run(page, life, number, argv + 3)` attaches and calls
// produce().
template <typename Run>
int produce_as(int argc, char** argv, int arguments, Run run) {
  if (argc != 3 + arguments) {
    std::fprintf(stderr, "%s: only logbuf-compare starts this\n", argv[0]);
    return 2;
  }
  try {
    const bench::SharedMemory memory(std::atoi(argv[1]), sizeof(Page));
    Page& page = page_in(memory);
    const auto number = static_cast<std::uint32_t>(std::atoi(argv[2]));
    return run(page, page.lives.at(number), number, argv + 3);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s, life %s: %s\n", argv[0], argv[2], error.what());
    return 1;
  }
}

}  // namespace logbuf::compare
