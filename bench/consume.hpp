// What the consumer does in a run, over whichever end it has. It also holds the clock of the throughput: all
// producers are at work from before the measured time to after it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "back_off.hpp"
#include "cycle_timer.hpp"
#include "stage.hpp"

namespace logbuf::bench {

template <typename End>
class ConsumerLoop {
 public:
  ConsumerLoop(Stage& stage, End& end) : stage_(stage), end_(end), taken_(stage.job.configuration.payload_bytes) {}

  void run() noexcept {
    if (stage_.job.measure == Measure::throughput) measure();
    read_the_rest();
    stage_.consumer.all = tally_;
  }

 private:
  static constexpr int kReadsPerLook = 16;  // at the clock

  // Reads a batch and takes a copy of each payload; backs off where there is none.
  bool read() noexcept {
    Tally tally = tally_;
    const bool any = end_.read([&tally, taken = taken_.data()](std::span<const std::byte> payload) {
      std::memcpy(taken, payload.data(), payload.size());
      asm volatile("" : : "r"(taken) : "memory");  // it is wanted
      std::uint64_t first_word = 0;
      std::memcpy(&first_word, taken, sizeof first_word);
      tally.first_words += first_word;
      tally.bytes += payload.size();
      ++tally.records;
    });
    tally_ = tally;
    if (any) {
      back_off_.reset();
    } else {
      back_off_.pause();
    }
    return any;
  }

  void measure() noexcept {
    while (tally_.bytes < stage_.job.warm_up_bytes) read();
    const Tally before = tally_;
    const std::uint64_t begin = cycles_now();
    const auto enough =
        static_cast<std::uint64_t>(static_cast<double>(stage_.job.measured_ns) * stage_.job.cycles_per_ns);
    std::uint64_t elapsed = 0;
    while (elapsed < enough) {
      for (int i = 0; i < kReadsPerLook; ++i) read();
      elapsed = cycles_now() - begin;
    }
    stage_.consumer.measured = {.records = tally_.records - before.records,
                                .bytes = tally_.bytes - before.bytes,
                                .first_words = tally_.first_words - before.first_words};
    stage_.consumer.measured_cycles = elapsed;
    stage_.stop.store(1, std::memory_order_relaxed);
  }

  void read_the_rest() noexcept {
    const bool publish = stage_.job.measure == Measure::cost;
    for (;;) {
      // acquire: what the producers put before they finished is there for the read below.
      const bool last = stage_.finished.load(std::memory_order_acquire) == stage_.job.configuration.producers;
      const bool any = read();
      // relaxed: a late look makes a producer wait, outside what it times.
      if (any && publish) stage_.released.store(end_.position(), std::memory_order_relaxed);
      if (!any && last) return;
    }
  }

  Stage& stage_;
  End& end_;
  std::vector<std::byte> taken_;  // the last payload
  Tally tally_;
  BackOff back_off_;
};

template <typename End>
void consume(Stage& stage, End end) {
  pass_gate(stage, parties(stage.job));
  // Everybody is attached: from here on nothing is left behind, whatever happens.
  if (is_ours(stage.job.configuration.transport)) static_cast<void>(Segment::unlink(stage.job.ring_name.data()));
  ConsumerLoop(stage, end).run();
}

}  // namespace logbuf::bench
