#include "growth.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include <logbuf/queue.hpp>

#include "append.hpp"
#include "cycle_timer.hpp"
#include "ends.hpp"
#include "failure.hpp"
#include "produce.hpp"
#include "result.hpp"
#include "size.hpp"

namespace logbuf::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kPayload_bytes = 128;
constexpr std::uint32_t kSlots = 1032;  // for all that are ever idle, and the one that is not
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr double kAttachTarget_ms = 5;  // of a ring of 64 MiB
constexpr double kCostTarget = 1.1;     // of the cost beside one
constexpr Configuration kMpsc{.kind = Kind::mpsc, .producers = 1, .payload_bytes = kPayload_bytes};
constexpr Configuration kSpsc{.kind = Kind::spsc, .producers = 1, .payload_bytes = kPayload_bytes};

// Each has its descriptor.
void raise_descriptor_limit(std::uint32_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// --- with idle producers -----------------------------------------------------------------------------------------

// What a claim costs beside so many that do nothing.
struct Crowd {
  std::uint32_t idle;
  std::vector<CostRun> alone = {};   // the measured process drains the ring itself, in between
  std::vector<CostRun> beside = {};  // a consumer is at work meanwhile
};

CostRun cost_in(Runner& runner, Measure measure, std::uint32_t idle) {
  const SharedMemory memory(sizeof(Stage));
  Stage& stage = stage_in(memory);
  stage.job = runner.job_for(kMpsc, measure);
  stage.job.idle_producers = idle;
  stage.job.slots = kSlots;
  runner.run(memory);
  return cost_of(stage);
}

double median_cycles(const CostRun& run) {
  return run.percentiles_cycles().p50;
}

double median_cycles(const std::vector<CostRun>& runs) {
  CostRun all;
  for (const CostRun& run : runs) all.merge(run);
  return median_cycles(all);
}

// Of each run's median by that of the run with the first crowd in the same round.
Spread ratio(const std::vector<CostRun>& runs, const std::vector<CostRun>& first) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < runs.size(); ++i)
    ratios.push_back(median_cycles(runs[i]) / std::max(1.0, median_cycles(first[i])));
  return spread_of(ratios);
}

Ratio ratio_to_check(const char* what, std::uint32_t idle, const std::vector<CostRun>& runs,
                     const std::vector<CostRun>& first) {
  Ratio ratio{.name = std::string("growth: cost beside 1 idle producer / ") + std::to_string(idle) + ", " + what,
              .rounds = {}};
  for (std::size_t i = 0; i < runs.size(); ++i)
    ratio.rounds.push_back(median_cycles(first[i]) / std::max(1.0, median_cycles(runs[i])));
  return ratio;
}

std::vector<Crowd> measure_crowds(Runner& runner, const Options& options) {
  std::vector<Crowd> crowds = {{.idle = 1}, {.idle = 8}};
  if (!options.quick) crowds.insert(crowds.end(), {{.idle = 64}, {.idle = 1024}});
  for (std::uint32_t i = 0; i < options.runs; ++i) {
    for (Crowd& crowd : crowds) {
      crowd.alone.push_back(cost_in(runner, Measure::both_ends, crowd.idle));
      crowd.beside.push_back(cost_in(runner, Measure::cost, crowd.idle));
    }
  }
  return crowds;
}

void report_crowds(Study& study, const std::vector<Crowd>& crowds) {
  append(study.text, "\n%-30s %-28s %-28s\n%-30s %-28s %-28s %s\n", "Claim to commit (cycles, p50)",
         "   the ring is drained between", "   a consumer is at work", "beside idle producers",
         "   cycles  of that of 1", "   cycles  of that of 1", "target");
  const auto part = [&](const std::vector<CostRun>& runs, const std::vector<CostRun>& first) {
    const Spread of_first = ratio(runs, first);
    append(study.text, "   %6.0f  %5.2f (%.2f-%.2f)", median_cycles(runs), of_first.median, of_first.least,
           of_first.most);
  };
  for (const Crowd& crowd : crowds) {
    append(study.text, "%-30u", crowd.idle);
    part(crowd.alone, crowds.front().alone);
    study.text += "  ";
    part(crowd.beside, crowds.front().beside);
    append(study.text, "   %.1f\n", kCostTarget);
    if (&crowd != &crowds.front()) {
      study.ratios.push_back(ratio_to_check("drained between", crowd.idle, crowd.alone, crowds.front().alone));
      study.ratios.push_back(ratio_to_check("beside a consumer", crowd.idle, crowd.beside, crowds.front().beside));
    }
    const auto each_run = [](const std::vector<CostRun>& runs) {
      Json medians = Json::array();
      for (const CostRun& run : runs) medians.push_back(median_cycles(run));
      return medians;
    };
    study.json["idle_producers"].push_back(Json{{"idle", crowd.idle},
                                                {"target", kCostTarget},
                                                {"drained_between",
                                                 {{"p50_cycles", median_cycles(crowd.alone)},
                                                  {"ratio", ratio(crowd.alone, crowds.front().alone).median},
                                                  {"runs", each_run(crowd.alone)}}},
                                                {"beside_a_consumer",
                                                 {{"p50_cycles", median_cycles(crowd.beside)},
                                                  {"ratio", ratio(crowd.beside, crowds.front().beside).median},
                                                  {"runs", each_run(crowd.beside)}}}});
  }
}

// --- by the ring's size ------------------------------------------------------------------------------------------

struct Sized {
  std::uint64_t capacity_bytes;
  std::vector<double> open_ms = {};
  std::vector<double> first_attach_ms = {};  // the kernel clears the pages, too
  std::vector<double> attach_ms = {};
  std::vector<ThroughputRun> spsc = {};
  std::vector<ThroughputRun> mpsc = {};
};

double ms_since(std::uint64_t began_ns) {
  return static_cast<double>(monotonic_ns() - began_ns) / 1e6;
}

void time_attach(const std::string& ring, std::vector<double>& ms) {
  const std::uint64_t began_ns = monotonic_ns();
  const auto producer = Producer<Kind::mpsc>::attach(ring);
  ms.push_back(ms_since(began_ns));
  if (!producer) cli::die(producer.error(), "attaching to the ring " + ring);
}

// In this process, which maps the ring anew each time.
void measure_attach(Sized& sized) {
  const std::string name = "bench-attach-" + std::to_string(::getpid());
  const auto made = Segment::create(name, {.capacity = sized.capacity_bytes});
  if (!made) cli::die(made.error(), "making the ring " + name);
  struct Unlink {
    const std::string& name;
    ~Unlink() { static_cast<void>(Segment::unlink(name)); }
  } const unlink{name};
  const std::uint64_t began_ns = monotonic_ns();
  const auto opened = Segment::open(name);
  sized.open_ms.push_back(ms_since(began_ns));
  if (!opened) cli::die(opened.error(), "opening the ring " + name);
  time_attach(name, sized.first_attach_ms);
  time_attach(name, sized.attach_ms);
}

ThroughputRun throughput_with(Runner& runner, const Configuration& configuration, std::uint64_t capacity_bytes) {
  const SharedMemory memory(sizeof(Stage));
  stage_in(memory).job = runner.job_for(configuration, Measure::throughput, capacity_bytes);
  runner.run(memory);
  return throughput_of(stage_in(memory));
}

std::uint64_t free_shared_memory() {
  struct statvfs disk{};
  return ::statvfs("/dev/shm", &disk) == 0 ? std::uint64_t{disk.f_bavail} * disk.f_frsize : 0;
}

// All for which there is room, and some to spare for others; what there is none for is said.
std::vector<Sized> sizes(const Options& options, std::string& skipped) {
  std::vector<Sized> all;
  const std::uint64_t most = options.quick ? kMiB : 1024 * kMiB;
  const std::uint64_t room = free_shared_memory();
  for (std::uint64_t bytes = kMiB / 16; bytes <= most; bytes *= 4) {
    if (bytes + bytes / 4 + 16 * kMiB <= room) {
      all.push_back({.capacity_bytes = bytes});
    } else {
      skipped += (skipped.empty() ? "" : ", ") + cli::format_size(bytes);
    }
  }
  return all;
}

std::vector<Sized> measure_sizes(Runner& runner, const Options& options, std::string& skipped) {
  std::vector<Sized> all = sizes(options, skipped);
  for (std::uint32_t i = 0; i < options.runs; ++i) {
    for (Sized& sized : all) {
      measure_attach(sized);
      sized.spsc.push_back(throughput_with(runner, kSpsc, sized.capacity_bytes));
      sized.mpsc.push_back(throughput_with(runner, kMpsc, sized.capacity_bytes));
    }
  }
  return all;
}

Spread records_per_s(const std::vector<ThroughputRun>& runs) {
  std::vector<double> rates;
  for (const ThroughputRun& run : runs) rates.push_back(run.records_per_s());
  return spread_of(rates);
}

void report_sizes(Study& study, const std::vector<Sized>& all, const std::string& skipped) {
  append(study.text, "\n%-16s %-24s %-24s %8s %16s %11s   %s\n", "Ring", "spsc, M rec/s", "mpsc, M rec/s", "open, ms",
         "first attach, ms", "attach, ms", "of the target");
  for (const Sized& sized : all) {
    const Spread open = spread_of(sized.open_ms);
    const Spread first_attach = spread_of(sized.first_attach_ms);
    const Spread attach = spread_of(sized.attach_ms);
    append(study.text, "%-16s", cli::format_size(sized.capacity_bytes).c_str());
    Json line{{"ring_bytes", sized.capacity_bytes},
              {"open_ms", open.median},
              {"first_attach_ms", first_attach.median},
              {"attach_ms", attach.median}};
    for (const auto& [kind, runs] : {std::pair("spsc", &sized.spsc), std::pair("mpsc", &sized.mpsc)}) {
      const Spread rate = records_per_s(*runs);
      char text[64];
      std::snprintf(text, sizeof text, "%.2f (%.2f-%.2f)", rate.median / 1e6, rate.least / 1e6, rate.most / 1e6);
      append(study.text, " %-24s", text);
      line[kind] = {{"records_per_s", rate.median}, {"least", rate.least}, {"most", rate.most}};
      for (const ThroughputRun& run : *runs) line[kind]["runs"].push_back(run.records_per_s());
    }
    append(study.text, " %8.3f %16.3f %11.3f", open.median, first_attach.median, attach.median);
    if (sized.capacity_bytes == 64 * kMiB) {
      append(study.text, "   %.2f and %.2f of %.0f ms", first_attach.median / kAttachTarget_ms,
             attach.median / kAttachTarget_ms, kAttachTarget_ms);
      line["attach_target_ms"] = kAttachTarget_ms;
    }
    line["runs"] = {
        {"open_ms", sized.open_ms}, {"first_attach_ms", sized.first_attach_ms}, {"attach_ms", sized.attach_ms}};
    study.text += '\n';
    study.json["rings"].push_back(line);
  }
  if (skipped.empty()) return;
  study.text += "left out, for /dev/shm has no room: " + skipped + "\n";
  study.json["left_out"] = skipped;
}

}  // namespace

void attach_idle_producers(Stage& stage) {
  const Job& job = stage.job;
  raise_descriptor_limit(job.idle_producers + 64);
  std::vector<Producer<Kind::mpsc>> idle;
  idle.reserve(job.idle_producers);
  for (std::uint32_t i = 0; i < job.idle_producers; ++i) {
    auto producer = Producer<Kind::mpsc>::attach(job.ring_name.data());
    if (!producer) cli::die(producer.error(), "attaching an idle producer");
    idle.push_back(std::move(*producer));
  }
  pass_gate(stage, parties(job));
  const timespec nap = {.tv_sec = 0, .tv_nsec = 20'000'000};
  // acquire: nothing is taken away from those that still measure.
  while (stage.finished.load(std::memory_order_acquire) != job.configuration.producers) ::nanosleep(&nap, nullptr);
}

void work_at_both_ends(Stage& stage) {
  const Job& job = stage.job;
  auto attached = Producer<Kind::mpsc>::attach(job.ring_name.data());
  if (!attached) cli::die(attached.error(), "attaching to the ring");
  auto consumer = Consumer::attach(job.ring_name.data());
  if (!consumer) cli::die(consumer.error(), "attaching to the ring");
  QueueProducer<Kind::mpsc> producer(std::move(*attached));
  Payload payload(kPayload_bytes);
  ProducerResult& result = stage.producers[0];
  pass_gate(stage, parties(job));
  result.timer_cycles = measure_timer_cycles();
  const std::uint64_t at_once = job.capacity_bytes / 8 / kPayload_bytes;
  for (std::uint64_t i = 0; i < job.warm_up_records + job.measured_records;) {
    for (const std::uint64_t end = i + at_once; i < end; ++i) {
      const auto bytes = payload.next();
      const std::uint64_t before = cycles_before();
      const bool done = producer.put(bytes);
      const std::uint64_t after = cycles_after();
      if (!done) cli::die("a ring that is nearly empty took no record");
      if (i >= job.warm_up_records) result.cost_cycles.add(after - before);
      payload.sent();
    }
    while (auto batch = consumer->try_claim_batch(job.batch_bytes)) {
      for (const Record& record : *batch) {
        stage.consumer.all.records += 1;
        stage.consumer.all.bytes += record.bytes().size();
        std::uint64_t first_word = 0;
        std::memcpy(&first_word, record.bytes().data(), sizeof first_word);
        stage.consumer.all.first_words += first_word;
      }
    }
  }
  result.all = payload.tally();
  stage.finished.fetch_add(1, std::memory_order_release);
}

Study study_growth(const Machine& machine, Runner& runner, const Options& options) {
  Study study = begin_study(machine, runner);
  append(study.text,
         "method     payloads of %u bytes; all in turn; %s\n"
         "           a ring of %s with room for %u producers: one claims, the others are attached, in one process\n"
         "           open, first attach (of a producer): as soon as the ring has been made; attach: once more\n",
         kPayload_bytes, median_of(options.runs).c_str(), cli::format_size(options.capacity_bytes).c_str(), kSlots);
  report_crowds(study, measure_crowds(runner, options));
  std::string skipped;
  const std::vector<Sized> all = measure_sizes(runner, options, skipped);
  report_sizes(study, all, skipped);
  return study;
}

}  // namespace logbuf::bench
