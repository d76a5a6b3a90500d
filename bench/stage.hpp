// The page that the coordinator and the workers of one run share: what is to be done, the start gate, and
// what came out. Anonymous memory (a memfd), handed on by its descriptor: it has no name that could be left
// behind.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "configuration.hpp"
#include "histogram.hpp"

namespace logbuf::bench {

inline constexpr std::size_t kLine = 128;
inline constexpr std::uint32_t kMaxProducers = 16;

enum class Measure : std::uint32_t { throughput, cost, deaths, spinning, parked, both_ends };

// Written by the coordinator before there are workers.
struct Job {
  Configuration configuration;
  Measure measure = Measure::throughput;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t batch_bytes = 0;
  double cycles_per_ns = 1;
  std::uint64_t warm_up_bytes = 0;                 // of payload
  std::uint64_t measured_ns = 0;                   // throughput, deaths
  std::uint64_t warm_up_records = 0;               // cost, by each producer
  std::uint64_t measured_records = 0;              // cost, by each producer
  std::uint64_t death_every_ns = 0;                // deaths; 0: nobody dies
  std::uint32_t idle_producers = 0;                // attached besides, and doing nothing
  std::uint32_t slots = 64;                        // of the ring's producer table
  std::int32_t consumer_cpu = -1;                  // -1: anywhere
  std::array<std::int32_t, kMaxProducers> cpus{};  // of the producers
  std::int32_t copy_descriptor = -1;               // bare_copy: the memory of its ring
  std::int32_t read_descriptor = -1;               // socket, pipe
  std::int32_t write_descriptor = -1;
  std::array<char, 64> ring_name{};
};

// What one side has seen go by. Producers' and consumer's must be the same in the end.
struct Tally {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;        // of payload
  std::uint64_t first_words = 0;  // the sum of the payloads' first eight bytes
};

struct alignas(kLine) ConsumerResult {
  Tally all;
  Tally measured;
  std::uint64_t measured_cycles;
};

struct alignas(kLine) ProducerResult {
  Tally all;
  std::uint64_t refused;       // cost: by a full ring
  std::uint64_t timer_cycles;  // cost: the timer's own
  Histogram cost_cycles;       // the timer's own included
  Histogram wait_ns;           // deaths: from the wish to the commit
};

// See deaths.hpp.
struct alignas(kLine) Deaths {
  std::atomic<std::uint64_t> hole_end;  // the position behind the claim of who is to die; 0: the hole has been passed
  std::atomic<std::uint64_t> died_ns;   // CLOCK_MONOTONIC
  Histogram behind_ns;  // how long the record behind the hole waited, since the death and its own commit
};

inline constexpr std::size_t kWays = 3;

// See latency.hpp.
struct alignas(kLine) Latency {
  alignas(kLine) std::atomic<std::uint64_t> there;  // the bare flag, and that of the answer
  alignas(kLine) std::atomic<std::uint64_t> back;
  alignas(kLine) std::atomic<std::uint32_t> futex;   // the bare one: the number of the last wake
  std::atomic<std::uint64_t> sent_ns;                // with it; CLOCK_MONOTONIC
  alignas(kLine) std::atomic<std::int32_t> sleeper;  // the process that is woken
  std::atomic<std::uint32_t> seen;                   // how often it was
  std::array<Histogram, kWays> ways;                 // spinning: cycles there and back; parked: ns
};

struct Stage {
  Job job;
  alignas(kLine) std::atomic<std::uint32_t> ready;
  alignas(kLine) std::atomic<std::uint32_t> open;      // the gate
  alignas(kLine) std::atomic<std::uint32_t> stop;      // throughput: producers, it is enough
  alignas(kLine) std::atomic<std::uint32_t> finished;  // producers that will write no more
  alignas(kLine) std::atomic<std::uint64_t> released;  // cost: the consumer's position
  ConsumerResult consumer;
  std::array<ProducerResult, kMaxProducers> producers;
  Deaths deaths;
  Latency latency;
};

// Maps memory that can be handed to a child. All zeroes at first.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t size_bytes);         // makes it
  SharedMemory(int descriptor, std::size_t size_bytes);  // maps what another made
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  std::byte* data() const noexcept { return data_; }
  int descriptor() const noexcept { return descriptor_; }

 private:
  void map();
  int descriptor_;
  std::size_t size_bytes_;
  std::byte* data_ = nullptr;
};

inline Stage& stage_in(const SharedMemory& memory) noexcept {
  return *reinterpret_cast<Stage*>(memory.data());
}

// The processes of a run of producers and a consumer.
inline std::uint32_t parties(const Job& job) noexcept {
  return job.configuration.producers + (job.measure == Measure::both_ends ? 0 : 1) + (job.idle_producers == 0 ? 0 : 1);
}

// Everybody calls this when it is ready; returns when all `parties` have.
void pass_gate(Stage& stage, std::uint32_t parties) noexcept;

}  // namespace logbuf::bench
