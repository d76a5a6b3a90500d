#include "deaths.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "append.hpp"
#include "back_off.hpp"
#include "cycle_timer.hpp"
#include "worker.hpp"

namespace logbuf::bench {
namespace {

constexpr std::uint64_t kDeathEvery_ns = 5'000'000;
constexpr double kBound_ms = 100;
constexpr auto relaxed = std::memory_order_relaxed;

using channel::mpsc::Sender;

template <typename End>
End attached(const Stage& stage) {
  auto end = End::attach(stage.job.ring_name.data());
  if (!end) cli::die(end.error(), "attaching to the ring");
  return std::move(*end);
}

std::uint32_t parties(const Stage& stage) {
  return stage.job.configuration.producers + (stage.job.death_every_ns == 0 ? 1 : 2);
}

// Each record begins with the time of its commit.
void produce(Stage& stage, ProducerResult& result) {
  auto sender = attached<Sender>(stage);
  const std::size_t length = stage.job.configuration.payload_bytes;
  pass_gate(stage, parties(stage));
  while (stage.stop.load(relaxed) == 0) {
    const std::uint64_t before = monotonic_ns();
    auto claim = sender.send(length);
    if (!claim) cli::die("the ring was closed");
    const auto bytes = claim->bytes();
    std::memset(bytes.data(), 0x5a, bytes.size());
    const std::uint64_t now = monotonic_ns();
    std::memcpy(bytes.data(), &now, sizeof now);
    claim->commit();
    result.wait_ns.add(monotonic_ns() - before);
    result.all.records += 1;
    result.all.bytes += length;
    result.all.first_words += now;
  }
  // release: with everything that was put; pairs with consume().
  stage.finished.fetch_add(1, std::memory_order_release);
}

void take(Stage& stage, const Record& record) {
  std::uint64_t committed_ns = 0;
  std::memcpy(&committed_ns, record.bytes().data(), sizeof committed_ns);
  Tally& tally = stage.consumer.all;
  tally.records += 1;
  tally.bytes += record.bytes().size();
  tally.first_words += committed_ns;
  const std::uint64_t hole_end = stage.deaths.hole_end.load(std::memory_order_acquire);
  if (hole_end == 0 || record.position() < hole_end) return;
  // Who claimed before it is dead, or this record would not be here.
  const std::uint64_t from = std::max(committed_ns, stage.deaths.died_ns.load(relaxed));
  stage.deaths.behind_ns.add(monotonic_ns() - from);
  stage.deaths.hole_end.store(0, std::memory_order_release);
}

void consume(Stage& stage) {
  auto receiver = attached<Receiver>(stage);
  pass_gate(stage, parties(stage));
  const std::uint64_t end = monotonic_ns() + stage.job.measured_ns;
  for (;;) {
    // acquire: what the producers put before they finished is there for the read below.
    const bool last = stage.finished.load(std::memory_order_acquire) == stage.job.configuration.producers;
    auto batch = receiver.recv_batch(stage.job.batch_bytes, std::chrono::milliseconds(2));
    if (batch) {
      for (const Record& record : *batch) take(stage, record);
    } else if (last && receiver.consumer().state() == RingState::empty) {
      return;  // else somebody who is to die stands in the way
    }
    if (monotonic_ns() >= end) stage.stop.store(1, relaxed);
  }
}

[[noreturn]] void claim_and_wait(Stage& stage) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto producer = Producer<Kind::mpsc>::attach(stage.job.ring_name.data());
  if (!producer) ::_exit(1);
  BackOff back_off;
  const std::size_t length = stage.job.configuration.payload_bytes;
  for (;; back_off.pause()) {
    const auto claim = producer->try_claim(length);
    if (!claim) continue;
    const std::uint64_t extent = record::align_up(length + record::kHeaderSize);
    stage.deaths.hole_end.store(claim->position() + extent, std::memory_order_release);
    for (;;) ::pause();
  }
}

void kill_one_in_a_claim(Stage& stage) {
  Deaths& deaths = stage.deaths;
  deaths.died_ns.store(0, relaxed);
  const pid_t pid = ::fork();
  if (pid < 0) cli::die("fork failed");
  if (pid == 0) claim_and_wait(stage);
  const timespec look_again = {.tv_sec = 0, .tv_nsec = 50'000};
  while (deaths.hole_end.load(std::memory_order_acquire) == 0) {
    if (::waitpid(pid, nullptr, WNOHANG) == pid) cli::die("a producer that was to die could not attach");
    ::nanosleep(&look_again, nullptr);
  }
  deaths.died_ns.store(monotonic_ns(), relaxed);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

void kill_again_and_again(Stage& stage) {
  pass_gate(stage, parties(stage));
  const timespec between = {.tv_sec = 0, .tv_nsec = static_cast<long>(stage.job.death_every_ns)};
  while (stage.stop.load(relaxed) == 0) {
    // At the end nobody may send any more: then there is no record behind the hole.
    if (stage.deaths.hole_end.load(std::memory_order_acquire) == 0) kill_one_in_a_claim(stage);
    ::nanosleep(&between, nullptr);
  }
}

double ms(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

std::string line(const char* what, const DeathsRun& run) {
  std::string all;
  append(all, "%-16s %10.4f %10.4f %10.3f", what, ms(run.wait_ns.percentile(0.5)), ms(run.wait_ns.percentile(0.999)),
         ms(run.wait_ns.percentile(1)));
  if (run.behind_ns.total() != 0) {
    append(all, " %10llu %10.3f %10.3f", static_cast<unsigned long long>(run.behind_ns.total()),
           ms(run.behind_ns.percentile(0.5)), ms(run.behind_ns.percentile(1)));
  }
  return all + '\n';
}

nlohmann::ordered_json as_json(const DeathsRun& run) {
  nlohmann::ordered_json json{{"wish_to_commit_ms",
                               {{"p50", ms(run.wait_ns.percentile(0.5))},
                                {"p99.9", ms(run.wait_ns.percentile(0.999))},
                                {"longest", ms(run.wait_ns.percentile(1))}}},
                              {"deaths", run.behind_ns.total()}};
  if (run.behind_ns.total() != 0)
    json["behind_a_hole_ms"] = {{"p50", ms(run.behind_ns.percentile(0.5))},
                                {"longest", ms(run.behind_ns.percentile(1))}};
  return json;
}

}  // namespace

void work_among_deaths(Stage& stage, std::int32_t role) {
  if (role == kRoleConsumer) return consume(stage);
  if (role == kRoleKiller) return kill_again_and_again(stage);
  produce(stage, stage.producers[static_cast<std::size_t>(role)]);
}

Study study_deaths(const Machine& machine, Runner& runner, const Options& options) {
  const Configuration configuration{
      .transport = Transport::channel, .kind = Kind::mpsc, .producers = 2, .payload_bytes = 128};
  DeathsRun quiet;
  DeathsRun dying;
  for (std::uint32_t i = 0; i < options.runs; ++i) {
    quiet.merge(runner.run_deaths(configuration, 0));
    dying.merge(runner.run_deaths(configuration, kDeathEvery_ns));
  }
  Study study = begin_study(machine, runner);
  study.text +=
      "method     2 producers of 128 bytes as fast as they go; one more claims and is killed, 5 ms later the next\n\n"
      "ms               the others' wish to commit           behind a hole, since the death\n"
      "                     median      p99.9    longest     deaths     median    longest\n";
  study.text += line("nobody dies", quiet) + line("with deaths", dying);
  append(study.text, "%-16s %32.3f %32.3f\n", "bound", kBound_ms, kBound_ms);
  study.json["deaths"] = {{"nobody_dies", as_json(quiet)}, {"with_deaths", as_json(dying)}, {"bound_ms", kBound_ms}};
  return study;
}

}  // namespace logbuf::bench
