#include "runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>

#include <logbuf/record.hpp>

#include "bare_copy.hpp"
#include "failure.hpp"
#include "latency.hpp"
#include "peers.hpp"
#include "worker.hpp"

namespace logbuf::bench {
namespace {

// A ring with a name, for the length of a run. The consumer takes the name away as soon as all are attached;
// this does it where it did not come to that.
class NamedRing {
 public:
  NamedRing(const std::string& name, Kind kind, const Job& job) : name_(name) {
    const auto segment =
        Segment::create(name, {.capacity = job.capacity_bytes, .kind = kind, .max_producers = job.slots});
    if (!segment) cli::die(segment.error(), "making the ring " + name);
  }
  NamedRing(const NamedRing&) = delete;
  NamedRing& operator=(const NamedRing&) = delete;
  ~NamedRing() { static_cast<void>(Segment::unlink(name_)); }

 private:
  std::string name_;
};

class NamedMessageQueue {
 public:
  NamedMessageQueue(const std::string& name, std::uint64_t capacity_bytes, std::uint64_t payload_bytes) : name_(name) {
    MessageQueue(boost::interprocess::create_only, name.c_str(), capacity_bytes / payload_bytes, payload_bytes);
  }
  NamedMessageQueue(const NamedMessageQueue&) = delete;
  NamedMessageQueue& operator=(const NamedMessageQueue&) = delete;
  ~NamedMessageQueue() { MessageQueue::remove(name_.c_str()); }

 private:
  std::string name_;
};

std::string describe(const Configuration& c) {
  return std::string(name_of(c.transport)) + ", " + name_of(c.kind) + ", " + std::to_string(c.producers) +
         " producers, " + std::to_string(c.payload_bytes) + " bytes";
}

// The instrument checks itself: what went in has come out.
void check_tallies(const Stage& stage) {
  Tally sent;
  for (const ProducerResult& producer : stage.producers) {
    sent.records += producer.all.records;
    sent.bytes += producer.all.bytes;
    sent.first_words += producer.all.first_words;
  }
  const Tally& came = stage.consumer.all;
  if (came.records == sent.records && came.bytes == sent.bytes && came.first_words == sent.first_words) return;
  cli::die(describe(stage.job.configuration) + ": " + std::to_string(sent.records) + " records were sent, " +
               std::to_string(came.records) + " came, or came changed",
           cli::ExitCode::lost);
}

}  // namespace

ThroughputRun throughput_of(const Stage& stage) noexcept {
  return {.records = stage.consumer.measured.records,
          .payload_bytes = stage.consumer.measured.bytes,
          .seconds = static_cast<double>(stage.consumer.measured_cycles) / stage.job.cycles_per_ns / 1e9};
}

CostRun cost_of(const Stage& stage) noexcept {
  CostRun result;
  for (std::uint32_t i = 0; i < stage.job.configuration.producers; ++i) {
    const ProducerResult& producer = stage.producers[i];
    result.merge({.cycles = producer.cost_cycles, .timer_cycles = producer.timer_cycles, .refused = producer.refused});
  }
  return result;
}

Job Runner::job_for(const Configuration& configuration, Measure measure) const {
  return job_for(configuration, measure, options_.capacity_bytes);
}

Job Runner::job_for(const Configuration& configuration, Measure measure, std::uint64_t capacity_bytes) const {
  Job job;
  job.configuration = configuration;
  job.measure = measure;
  job.capacity_bytes = capacity_bytes;
  job.batch_bytes = options_.batch_bytes;
  job.cycles_per_ns = cycles_per_ns_;
  // Two laps of the ring, so that every page and every branch has been seen.
  job.warm_up_bytes = 2 * capacity_bytes;
  job.measured_ns = options_.measured_ns;
  const std::uint64_t extent = record::align_up(configuration.payload_bytes + record::kHeaderSize);
  job.warm_up_records = 2 * capacity_bytes / extent / configuration.producers;
  job.measured_records =
      std::max<std::uint64_t>(1, options_.measured_records / options_.runs / configuration.producers);
  placement_.place(job);
  return job;
}

void Runner::run(const SharedMemory& memory) {
  Stage& stage = stage_in(memory);
  const int stage_descriptor = memory.descriptor();
  Job& job = stage.job;
  const Transport transport = job.configuration.transport;
  std::deque<NamedRing> rings;
  std::optional<SharedMemory> copy_memory;
  std::optional<NamedMessageQueue> message_queue;
  std::optional<DescriptorPair> descriptors;
  std::vector<int> inherited = {stage_descriptor};
  const std::string name = "bench-" + std::to_string(::getpid());
  std::ranges::copy(name, job.ring_name.begin());
  if (is_latency(job.measure)) {
    for (const Kind kind : {Kind::spsc, Kind::mpsc}) {
      for (const Direction direction : {Direction::there, Direction::back})
        rings.emplace_back(latency_ring(job, kind, direction), kind, job);
    }
  } else if (is_ours(transport)) {
    rings.emplace_back(name, job.configuration.kind, job);
  } else if (transport == Transport::message_queue) {
    message_queue.emplace(name, job.capacity_bytes, job.configuration.payload_bytes);
  } else if (is_peer(transport)) {
    descriptors.emplace(transport == Transport::pipe ? DescriptorPair::Of::pipe : DescriptorPair::Of::sockets);
    job.read_descriptor = descriptors->to_read();
    job.write_descriptor = descriptors->to_write();
    inherited.insert(inherited.end(), {job.read_descriptor, job.write_descriptor});
  } else if (transport == Transport::bare_copy) {
    copy_memory.emplace(CopyRing::size_bytes(job.capacity_bytes));
    job.copy_descriptor = copy_memory->descriptor();
    inherited.push_back(job.copy_descriptor);
  }
  ProcessGroup workers(signals_);
  const auto start = [&](std::int32_t role) {
    workers.start({"logbuf-bench", "worker", std::to_string(stage_descriptor), std::to_string(role)}, inherited);
  };
  if (transport == Transport::in_process) {
    start(kRoleAll);
  } else {
    if (job.measure != Measure::both_ends) start(kRoleConsumer);
    for (std::uint32_t i = 0; i < job.configuration.producers; ++i) start(static_cast<std::int32_t>(i));
    if (job.death_every_ns != 0) start(kRoleKiller);
    if (job.idle_producers != 0) start(kRoleIdle);
  }
  workers.wait(std::chrono::seconds(60));
  check_tallies(stage);
}

ThroughputRun Runner::run_throughput(const Configuration& configuration) {
  const SharedMemory memory(sizeof(Stage));
  stage_in(memory).job = job_for(configuration, Measure::throughput);
  run(memory);
  return throughput_of(stage_in(memory));
}

CostRun Runner::run_cost(const Configuration& configuration) {
  const SharedMemory memory(sizeof(Stage));
  stage_in(memory).job = job_for(configuration, Measure::cost);
  run(memory);
  return cost_of(stage_in(memory));
}

DeathsRun Runner::run_deaths(const Configuration& configuration, std::uint64_t death_every_ns) {
  const SharedMemory memory(sizeof(Stage));
  Stage& stage = stage_in(memory);
  stage.job = job_for(configuration, Measure::deaths);
  stage.job.death_every_ns = death_every_ns;
  run(memory);
  DeathsRun result{.wait_ns = {}, .behind_ns = stage.deaths.behind_ns};
  for (std::uint32_t i = 0; i < configuration.producers; ++i) result.wait_ns.merge(stage.producers[i].wait_ns);
  return result;
}

}  // namespace logbuf::bench
