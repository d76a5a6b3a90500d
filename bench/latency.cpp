#include "latency.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "append.hpp"
#include "cycle_timer.hpp"
#include "failure.hpp"
#include "result.hpp"
#include "worker.hpp"

namespace logbuf::bench {
namespace {

constexpr std::size_t kPayload_bytes = 128;
constexpr std::uint64_t kTripsInTurn = 500;  // by one way, before the next one's turn
constexpr std::uint64_t kTripsToWarmUp = 50;
constexpr std::uint64_t kRest_ns = 100'000;  // asleep for so long before it is woken
constexpr auto kEnough = std::chrono::seconds(20);
constexpr auto relaxed = std::memory_order_relaxed;

using Payload = std::array<std::byte, kPayload_bytes>;

// Looks again at once, so that no pause is in the figure; but who shares a CPU with the other lets it run.
class Spin {
 public:
  void look_again() noexcept {
    if (++looks_ % 4096 == 0) ::sched_yield();
  }

 private:
  unsigned looks_ = 0;
};

template <typename End>
End attached(const std::string& ring) {
  auto end = End::attach(ring);
  if (!end) cli::die(end.error(), "attaching to the ring");
  return std::move(*end);
}

void number(Payload& payload, std::uint64_t n) noexcept {
  std::memcpy(payload.data(), &n, sizeof n);
}

// Takes a copy, as a consumer would, which has to have this number.
void take(const Record& record, Payload& taken, std::uint64_t expected) {
  std::uint64_t n = 0;
  if (record.bytes().size() == taken.size()) {
    std::memcpy(taken.data(), record.bytes().data(), taken.size());
    std::memcpy(&n, taken.data(), sizeof n);
  }
  if (n != expected) cli::die("a record was lost on the way, or came changed", cli::ExitCode::lost);
}

// The bare way: a line each way, and nothing in it but a number.
class Flags {
 public:
  Flags(Latency& latency, Direction outwards) noexcept
      : out_(outwards == Direction::there ? latency.there : latency.back),
        in_(outwards == Direction::there ? latency.back : latency.there) {}

  void ask(std::uint64_t n) {
    out_.store(n, std::memory_order_release);
    wait_for(n);
  }
  void answer(std::uint64_t n) {
    wait_for(n);
    out_.store(n, std::memory_order_release);
  }

 private:
  void wait_for(std::uint64_t n) {
    for (Spin spin; in_.load(std::memory_order_acquire) != n;) spin.look_again();
  }
  std::atomic<std::uint64_t>& out_;
  std::atomic<std::uint64_t>& in_;
};

// A ring each way. A record is released when it has been answered.
template <Kind K>
class Rings {
 public:
  Rings(const Job& job, Direction outwards)
      : out_(attached<Producer<K>>(latency_ring(job, K, outwards))),
        in_(attached<Consumer>(
            latency_ring(job, K, outwards == Direction::there ? Direction::back : Direction::there))) {}

  void ask(std::uint64_t n) {
    put(n);
    take(next(), taken_, n);
  }
  void answer(std::uint64_t n) {
    const ReadClaim question = next();
    take(question, taken_, n);
    put(n);
  }

 private:
  void put(std::uint64_t n) {
    number(taken_, n);
    auto claim = out_.try_claim(taken_.size());
    if (!claim) cli::die("a ring that is always nearly empty took no record");
    std::memcpy(claim->bytes().data(), taken_.data(), taken_.size());
    claim->commit();
  }
  ReadClaim next() {
    for (Spin spin;; spin.look_again()) {
      if (auto claim = in_.try_claim()) return std::move(*claim);
    }
  }
  Producer<K> out_;
  Consumer in_;
  Payload taken_{};
};

template <typename Way>
void ask_in_turn(Way& way, std::uint64_t& n, Histogram& cycles) {
  for (std::uint64_t i = 0; i < kTripsInTurn; ++i) {
    const std::uint64_t before = cycles_now();
    way.ask(++n);
    const std::uint64_t after = cycles_now();
    if (i >= kTripsToWarmUp) cycles.add(after - before);
  }
}

template <typename Way>
void answer_in_turn(Way& way, std::uint64_t& n) {
  for (std::uint64_t i = 0; i < kTripsInTurn; ++i) way.answer(++n);
}

void spin_as(Stage& stage, std::int32_t role) {
  const bool asks = role != kRoleConsumer;
  const Direction outwards = asks ? Direction::there : Direction::back;
  Flags flags(stage.latency, outwards);
  Rings<Kind::spsc> spsc(stage.job, outwards);
  Rings<Kind::mpsc> mpsc(stage.job, outwards);
  pass_gate(stage, 2);
  std::uint64_t n = 0;
  auto& ways = stage.latency.ways;
  for (std::uint64_t i = 0; i < stage.job.measured_records; i += kTripsInTurn) {
    if (asks) {
      ask_in_turn(flags, n, ways[0]);
      ask_in_turn(spsc, n, ways[1]);
      ask_in_turn(mpsc, n, ways[2]);
    } else {
      answer_in_turn(flags, n);
      answer_in_turn(spsc, n);
      answer_in_turn(mpsc, n);
    }
  }
}

// A shared futex, as a Receiver sleeps on one.
void sleep_on_futex(Latency& latency, std::uint64_t n) {
  const auto before = static_cast<std::uint32_t>(n - 1);
  while (latency.futex.load(std::memory_order_acquire) == before)
    ::syscall(SYS_futex, &latency.futex, FUTEX_WAIT, before, nullptr, nullptr, 0);
  latency.ways[0].add(monotonic_ns() - latency.sent_ns.load(relaxed));
}

void wake_by_futex(Latency& latency, std::uint64_t n) {
  latency.sent_ns.store(monotonic_ns(), relaxed);
  latency.futex.store(static_cast<std::uint32_t>(n), std::memory_order_release);
  ::syscall(SYS_futex, &latency.futex, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void sleep_in(Receiver& receiver, Histogram& ns) {
  Payload taken{};
  const auto claim = receiver.recv(kEnough);
  const std::uint64_t now = monotonic_ns();
  if (!claim) cli::die("a record that was sent did not come", cli::ExitCode::lost);
  std::memcpy(taken.data(), claim->bytes().data(), sizeof(std::uint64_t));
  std::uint64_t sent_ns = 0;
  std::memcpy(&sent_ns, taken.data(), sizeof sent_ns);
  ns.add(now - sent_ns);
}

template <Kind K>
void wake_by(Sender<K>& sender) {
  Payload payload{};
  number(payload, monotonic_ns());
  if (!sender.send(payload)) cli::die("a channel that is always nearly empty took no record");
}

// What the kernel says of it: it is off its CPU, and waits for something. In a Receiver that can be its futex alone.
bool sleeps(std::int32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name = line.rfind(')');
  return name != std::string::npos && line.substr(name, 3) == ") S";
}

// Until it has slept for a while, and is asleep.
void wait_until_it_sleeps(const Latency& latency, std::uint64_t seen) {
  for (;;) {
    // acquire: what it has noted of the last wake; pairs with be_woken().
    while (latency.seen.load(std::memory_order_acquire) != seen || !sleeps(latency.sleeper.load(relaxed)))
      ::sched_yield();
    const std::uint64_t rested_ns = monotonic_ns() + kRest_ns;
    while (monotonic_ns() < rested_ns) {
    }
    if (sleeps(latency.sleeper.load(relaxed))) return;
  }
}

void be_woken(Stage& stage) {
  Latency& latency = stage.latency;
  auto spsc = attached<Receiver>(latency_ring(stage.job, Kind::spsc, Direction::there));
  auto mpsc = attached<Receiver>(latency_ring(stage.job, Kind::mpsc, Direction::there));
  latency.sleeper.store(::getpid(), relaxed);
  pass_gate(stage, 2);
  const auto seen = [&] { latency.seen.fetch_add(1, std::memory_order_release); };
  for (std::uint64_t n = 1; n <= stage.job.measured_records; ++n) {
    sleep_on_futex(latency, n);
    seen();
    sleep_in(spsc, latency.ways[1]);
    seen();
    sleep_in(mpsc, latency.ways[2]);
    seen();
  }
}

void wake(Stage& stage) {
  Latency& latency = stage.latency;
  auto spsc = attached<Sender<Kind::spsc>>(latency_ring(stage.job, Kind::spsc, Direction::there));
  auto mpsc = attached<Sender<Kind::mpsc>>(latency_ring(stage.job, Kind::mpsc, Direction::there));
  pass_gate(stage, 2);
  std::uint64_t seen = 0;
  const auto await = [&] { wait_until_it_sleeps(latency, seen++); };
  for (std::uint64_t n = 1; n <= stage.job.measured_records; ++n) {
    await();
    wake_by_futex(latency, n);
    await();
    wake_by(spsc);
    await();
    wake_by(mpsc);
  }
  // The last record has to be out before this end is: a Receiver would be woken by its going, too.
  while (latency.seen.load(std::memory_order_acquire) != seen) ::sched_yield();
}

// One kind of waiting, over all runs.
struct Waiting {
  const char* name;
  std::array<const char*, kWays> ways;  // the bare one first
  Measure measure;
  std::uint64_t times;
  double target;
  double unit_per_ns;  // of what the histograms count
  std::vector<std::array<Histogram, kWays>> runs = {};

  Histogram all(std::size_t way) const {
    Histogram sum;
    for (const auto& run : runs) sum.merge(run[way]);
    return sum;
  }
  double ns(const Histogram& histogram, double share) const {
    return static_cast<double>(histogram.percentile(share)) / unit_per_ns;
  }
  // Of the medians of one run, which were made in turn.
  Spread ratio(std::size_t way) const {
    std::vector<double> ratios;
    for (const auto& run : runs) ratios.push_back(ns(run[way], 0.5) / ns(run[0], 0.5));
    return spread_of(ratios);
  }
  Ratio ratio_to_check(std::size_t way) const {
    Ratio ratio{.name = std::string("latency: ") + name + ", " + ways[0] + " / " + ways[way], .rounds = {}};
    for (const auto& run : runs) ratio.rounds.push_back(ns(run[0], 0.5) / ns(run[way], 0.5));
    return ratio;
  }
};

void append_lines(std::string& text, const Waiting& waiting) {
  for (std::size_t way = 0; way < kWays; ++way) {
    const Histogram all = waiting.all(way);
    append(text, "%-10s %-14s %8llu %10.0f %10.0f %10.0f", waiting.name, waiting.ways[way],
           static_cast<unsigned long long>(all.total()), waiting.ns(all, 0.5), waiting.ns(all, 0.99),
           waiting.ns(all, 0.999));
    if (way != 0) {
      const Spread ratio = waiting.ratio(way);
      append(text, "   %5.2f (%.2f-%.2f)   %.1f", ratio.median, ratio.least, ratio.most, waiting.target);
    }
    text += '\n';
  }
}

void add_lines(nlohmann::ordered_json& lines, const Waiting& waiting) {
  for (std::size_t way = 0; way < kWays; ++way) {
    const auto percentiles = [&](const Histogram& histogram) -> nlohmann::ordered_json {
      return {{"times", histogram.total()},
              {"ns",
               {{"p50", waiting.ns(histogram, 0.5)},
                {"p99", waiting.ns(histogram, 0.99)},
                {"p99.9", waiting.ns(histogram, 0.999)}}}};
    };
    nlohmann::ordered_json line = percentiles(waiting.all(way));
    line["waiting"] = waiting.name;
    line["way"] = waiting.ways[way];
    if (way != 0) line["ratio"] = waiting.ratio(way).median;
    if (way != 0) line["target"] = waiting.target;
    for (const auto& run : waiting.runs) line["runs"].push_back(percentiles(run[way]));
    lines.push_back(line);
  }
}

}  // namespace

std::string latency_ring(const Job& job, Kind kind, Direction direction) {
  return std::string(job.ring_name.data()) + "-" + name_of(kind) + (direction == Direction::there ? "-there" : "-back");
}

void work_on_latency(Stage& stage, std::int32_t role) {
  if (stage.job.measure == Measure::spinning) return spin_as(stage, role);
  role == kRoleConsumer ? be_woken(stage) : wake(stage);
}

Study study_latency(const Machine& machine, Runner& runner, const Options& options) {
  const Configuration configuration{.kind = Kind::mpsc, .producers = 1, .payload_bytes = kPayload_bytes};
  const double cycles_per_ns = runner.job_for(configuration, Measure::spinning).cycles_per_ns;
  std::array<Waiting, 2> waitings = {
      Waiting{.name = "spinning",
              .ways = {"flag", "spsc ring", "mpsc ring"},
              .measure = Measure::spinning,
              .times = options.measured_records / 4 / options.runs,
              .target = 1.3,
              .unit_per_ns = 2 * cycles_per_ns},  // there and back
      Waiting{.name = "parked",
              .ways = {"futex", "spsc channel", "mpsc channel"},
              .measure = Measure::parked,
              .times = options.measured_records / 100 / options.runs,
              .target = 1.5,
              .unit_per_ns = 1},
  };
  for (std::uint32_t i = 0; i < options.runs; ++i) {
    for (Waiting& waiting : waitings) {
      const SharedMemory memory(sizeof(Stage));
      Stage& stage = stage_in(memory);
      stage.job = runner.job_for(configuration, waiting.measure);
      stage.job.measured_records = waiting.times;
      runner.run(memory);
      waiting.runs.push_back(stage.latency.ways);
    }
  }
  Study study = begin_study(machine, runner);
  append(study.text,
         "method     2 processes, %zu bytes, in turn; ratio: of a run's medians; %s\n"
         "           spinning: half of there and back, claim and copy included; parked: from before the claim until\n"
         "           the receiver has it, which has slept since 100 us at least, by the kernel's word\n\n"
         "%-25s %8s %10s %10s %10s   %-19s %s\n",
         kPayload_bytes, median_of(options.runs).c_str(), "Until it is seen", "times", "p50 ns", "p99 ns", "p99.9 ns",
         "of the bare one", "target");
  for (const Waiting& waiting : waitings) {
    append_lines(study.text, waiting);
    add_lines(study.json["latency"], waiting);
    for (std::size_t way = 1; way < kWays; ++way) study.ratios.push_back(waiting.ratio_to_check(way));
  }
  return study;
}

}  // namespace logbuf::bench
