#include "worker.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "bare_copy.hpp"
#include "baseline.hpp"
#include "consume.hpp"
#include "deaths.hpp"
#include "ends.hpp"
#include "growth.hpp"
#include "latency.hpp"
#include "peers.hpp"
#include "placement.hpp"
#include "produce.hpp"
#include "stage.hpp"

namespace logbuf::bench {
namespace {

template <typename T>
T attached(std::expected<T, std::error_code> end) {
  if (!end) cli::die(end.error(), "attaching to the ring");
  return std::move(*end);
}

template <Kind K>
void work_as_producer(Stage& stage, std::uint32_t index) {
  const Job& job = stage.job;
  if (job.configuration.transport == Transport::channel) {
    produce(stage, index, ChannelProducer<K>(attached(Sender<K>::attach(job.ring_name.data()))));
  } else if (job.configuration.transport == Transport::batch) {
    produce(stage, index, BatchProducer<K>(attached(Producer<K>::attach(job.ring_name.data()))));
  } else {
    produce(stage, index, QueueProducer<K>(attached(Producer<K>::attach(job.ring_name.data()))));
  }
}

void work_as_consumer(Stage& stage) {
  const Job& job = stage.job;
  if (job.configuration.transport == Transport::channel) {
    consume(stage, ChannelConsumer(attached(Receiver::attach(job.ring_name.data())), job.batch_bytes));
  } else {
    consume(stage, QueueConsumer(attached(Consumer::attach(job.ring_name.data())), job.batch_bytes));
  }
}

void copy_as(Stage& stage, std::int32_t role) {
  const Job& job = stage.job;
  const SharedMemory memory(job.copy_descriptor, CopyRing::size_bytes(job.capacity_bytes));
  const CopyRing ring(memory.data(), job.capacity_bytes);
  if (role == kRoleConsumer) {
    consume(stage, CopyConsumer(ring, job.configuration.payload_bytes));
  } else {
    produce(stage, static_cast<std::uint32_t>(role), CopyProducer(ring));
  }
}

void work_as_peer(Stage& stage, std::int32_t role) {
  const Job& job = stage.job;
  const auto index = static_cast<std::uint32_t>(role);
  if (job.configuration.transport == Transport::message_queue) {
    const char* const name = job.ring_name.data();
    role == kRoleConsumer ? consume(stage, MessageQueueConsumer(name))
                          : produce(stage, index, message_queue_producer(name));
  } else if (role == kRoleConsumer) {
    consume(stage, DescriptorConsumer(job.read_descriptor, job.configuration.payload_bytes,
                                      job.configuration.transport == Transport::pipe ? job.batch_bytes : 0));
  } else {
    produce(stage, index, descriptor_producer(job.write_descriptor));
  }
}

template <Kind K>
void work_as_threads(Stage& stage) {
  const Job& job = stage.job;
  BaselineRing ring(job.capacity_bytes);
  std::vector<std::jthread> producers;
  for (std::uint32_t i = 0; i < job.configuration.producers; ++i) {
    producers.emplace_back([&stage, &ring, i] {
      pin_to(stage.job.cpus[i]);
      produce(stage, i, BaselineProducer<K>(ring));
    });
  }
  pin_to(job.consumer_cpu);
  consume(stage, BaselineConsumer(ring, job.batch_bytes));
}

}  // namespace

cli::ExitCode work(int stage_descriptor, std::int32_t role) {
  const SharedMemory memory(stage_descriptor, sizeof(Stage));
  Stage& stage = stage_in(memory);
  const Configuration& configuration = stage.job.configuration;
  const bool spsc = configuration.kind == Kind::spsc;
  if (role == kRoleAll) {
    spsc ? work_as_threads<Kind::spsc>(stage) : work_as_threads<Kind::mpsc>(stage);
    return cli::ExitCode::ok;
  }
  const auto producer = static_cast<std::size_t>(std::max(role, 0));
  pin_to(role == kRoleConsumer ? stage.job.consumer_cpu : stage.job.cpus[producer]);
  if (role == kRoleIdle) {
    attach_idle_producers(stage);
  } else if (stage.job.measure == Measure::both_ends) {
    work_at_both_ends(stage);
  } else if (stage.job.measure == Measure::deaths) {
    work_among_deaths(stage, role);
  } else if (is_latency(stage.job.measure)) {
    work_on_latency(stage, role);
  } else if (configuration.transport == Transport::bare_copy) {
    copy_as(stage, role);
  } else if (is_peer(configuration.transport)) {
    work_as_peer(stage, role);
  } else if (role == kRoleConsumer) {
    work_as_consumer(stage);
  } else {
    const auto index = static_cast<std::uint32_t>(role);
    spsc ? work_as_producer<Kind::spsc>(stage, index) : work_as_producer<Kind::mpsc>(stage, index);
  }
  return cli::ExitCode::ok;
}

}  // namespace logbuf::bench
