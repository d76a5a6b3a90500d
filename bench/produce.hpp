// What a producer does in a run, over whichever end it has.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "back_off.hpp"
#include "cycle_timer.hpp"
#include "stage.hpp"

namespace logbuf::bench {

// Its records: payloads whose first word counts them.
class Payload {
 public:
  explicit Payload(std::size_t size_bytes) : bytes_(size_bytes, std::byte{0x5a}) {}

  std::span<const std::byte> next() noexcept {
    std::memcpy(bytes_.data(), &count_, sizeof count_);
    return bytes_;
  }
  void sent() noexcept { first_words_ += count_++; }
  Tally tally() const noexcept {
    return {.records = count_, .bytes = count_ * bytes_.size(), .first_words = first_words_};
  }

 private:
  std::vector<std::byte> bytes_;
  std::uint64_t count_ = 0;
  std::uint64_t first_words_ = 0;
};

// As fast as it goes, until the consumer has seen enough.
template <typename End>
void produce_throughput(Stage& stage, End& end, Payload& payload) {
  BackOff back_off;
  // relaxed: a late look costs a few records more.
  while (stage.stop.load(std::memory_order_relaxed) == 0 || !end.whole()) {
    if (end.put(payload.next())) [[likely]] {
      payload.sent();
      back_off.reset();
    } else {
      back_off.pause();
    }
  }
}

// Each put() by itself: claim, copy, commit. Before it, untimed, the producer waits until the ring is no more
// than a quarter full, so that the time is that of a ring with room.
template <typename End>
void produce_cost(Stage& stage, End& end, Payload& payload, ProducerResult& result) {
  const std::uint64_t ahead_at_most = stage.job.capacity_bytes / 4;
  std::uint64_t released = 0;
  BackOff back_off;
  const auto wait_for_room = [&] {
    while (end.position() > released + ahead_at_most) {
      released = stage.released.load(std::memory_order_relaxed);
      if (end.position() > released + ahead_at_most) back_off.pause();
    }
    back_off.reset();
  };
  result.timer_cycles = measure_timer_cycles();
  const std::uint64_t all = stage.job.warm_up_records + stage.job.measured_records;
  for (std::uint64_t i = 0; i < all || !end.whole(); ++i) {
    wait_for_room();
    const auto bytes = payload.next();
    const std::uint64_t before = cycles_before();
    bool done = end.put(bytes);
    const std::uint64_t after = cycles_after();
    if (!done) [[unlikely]] {
      ++result.refused;
      while (!end.put(bytes)) back_off.pause();
    } else if (i >= stage.job.warm_up_records) {
      result.cost_cycles.add(after - before);
    }
    payload.sent();
  }
}

template <typename End>
void produce(Stage& stage, std::uint32_t index, End end) {
  ProducerResult& result = stage.producers[index];
  Payload payload(stage.job.configuration.payload_bytes);
  pass_gate(stage, parties(stage.job));
  if (stage.job.measure == Measure::throughput) {
    produce_throughput(stage, end, payload);
  } else {
    produce_cost(stage, end, payload, result);
  }
  end.finish();
  result.all = payload.tally();
  // release: with everything that was put; pairs with consume().
  stage.finished.fetch_add(1, std::memory_order_release);
}

}  // namespace logbuf::bench
