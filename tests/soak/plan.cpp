#include "plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ledger.hpp"

namespace logbuf::soak {
namespace {

using namespace std::chrono_literals;

// Each step may start a producer.
constexpr std::int64_t kMostSteps = kMaxProducers;
constexpr std::uint64_t kMix = 0x9fb2'1c65'1e98'df25ULL;

// Of a hundred steps, so many.
constexpr std::array<std::pair<Act, std::uint64_t>, 10> kShares = {{{Act::newcomer, 52},
                                                                    {Act::leave, 4},
                                                                    {Act::stop, 8},
                                                                    {Act::massacre, 2},
                                                                    {Act::archiver_kill, 10},
                                                                    {Act::archiver_term, 2},
                                                                    {Act::archiver_stop, 3},
                                                                    {Act::archiver_start, 10},
                                                                    {Act::archiver_rotate, 2},
                                                                    {Act::reader, 7}}};

Act draw_act(test::Random& random) {
  std::uint64_t at = random.below(100);
  for (const auto& [act, share] : kShares) {
    if (at < share) return act;
    at -= share;
  }
  return Act::newcomer;
}

std::chrono::nanoseconds draw_length(test::Random& random) {
  return 5s + std::chrono::milliseconds(random.below(15'000));
}

// Mostly short, at times long enough for a ring to fill up behind it.
std::chrono::nanoseconds draw_span(test::Random& random) {
  const std::uint64_t choice = random.below(8);
  const std::uint64_t us = random.below(choice == 0 ? 1'000'000 : choice < 4 ? 100'000 : 5'000);
  return std::chrono::microseconds(us);
}

}  // namespace

std::uint64_t seed_of_epoch(std::uint64_t seed, std::uint64_t epoch) {
  return test::Random(seed ^ (epoch + 1) * kMix).next();
}

Plan::Plan(std::uint64_t epoch_seed, std::chrono::nanoseconds pace)
    : random_(epoch_seed),
      pace_(pace),
      steps_(static_cast<std::uint64_t>(std::min(kMostSteps, draw_length(random_) / pace))) {
  for (std::uint32_t number = 0; number < kRings; ++number) rings_.push_back(draw_ring(number));
}

// One ring that is always full, one that is rarely, one spsc, and one of any kind.
RingPlan Plan::draw_ring(std::uint32_t number) {
  constexpr std::array<std::pair<unsigned, unsigned>, kRings> kCapacityBits = {
      {{12, 16}, {18, 22}, {12, 21}, {12, 22}}};
  RingPlan plan;
  const auto [least, most] = kCapacityBits[number];
  plan.segment.capacity = std::size_t{1} << (least + random_.below(most - least + 1));
  const bool any_kind = random_.below(2) == 0;
  plan.segment.kind = number == 2 || (number == 3 && any_kind) ? Kind::spsc : Kind::mpsc;
  plan.segment.max_producers = 2 + static_cast<std::uint32_t>(random_.below(11));
  plan.segment.timestamps = random_.below(2) == 0;
  plan.places = plan.segment.kind == Kind::spsc ? 2 : 7;
  plan.ending = static_cast<Ending>(random_.below(3));
  return plan;
}

// As many draws for each step, whatever it is.
Step Plan::next_step() {
  Step step;
  step.delay = std::chrono::nanoseconds(random_.below(2 * static_cast<std::uint64_t>(pace_.count()) + 1));
  step.act = draw_act(random_);
  const std::uint64_t ring = random_.next();
  const std::uint64_t place = random_.next();
  step.span = draw_span(random_);
  step.draw = random_.next();
  const bool of_archiver = step.act >= Act::archiver_kill && step.act <= Act::archiver_rotate;
  // The archiver of all rings is one among ten.
  step.ring = of_archiver && ring % 10 == 0 ? kAllRings : static_cast<std::uint32_t>((ring >> 8) % kRings);
  if (step.ring == kAllRings) return step;
  // The first places change hands less often: somebody stays for long.
  const std::uint32_t places = rings_[step.ring].places;
  step.place = static_cast<std::uint32_t>(std::max(place % places, (place >> 32) % places));
  return step;
}

ArchiverPlan draw_archiver(std::uint64_t draw) {
  test::Random random(draw);
  ArchiverPlan plan;
  constexpr std::array kSyncs = {"none", "interval=10ms", "interval=1s", "batch"};
  constexpr std::array kRotations = {"8K", "64K", "512K", "4M"};
  plan.arguments = {"--sync", kSyncs[random.below(kSyncs.size())], "--rotate-size",
                    kRotations[random.below(kRotations.size())]};
  switch (random.below(10)) {
    case 0: plan.arguments.emplace_back("--once"); break;
    case 1: plan.arguments.insert(plan.arguments.end(), {"--until-idle", "30ms"}); break;
    default: break;
  }
  // Killed from outside, it mostly sleeps or waits for the disk at that moment; this way it never does.
  if (random.below(2) == 0) plan.lives_for = std::chrono::microseconds(2'000 + random.below(28'000));
  return plan;
}

ReaderPlan draw_reader(std::uint64_t draw) {
  test::Random random(draw);
  ReaderPlan plan;
  plan.of_archive = random.below(2) == 0;
  plan.nobody_reads = random.below(4) == 0;
  switch (random.below(7)) {
    case 0: plan.arguments = {"-f"}; break;
    case 1: plan.arguments = {"-f", "-n", "20", "-J"}; break;
    case 2: plan.arguments = {"-f", "-c", "500"}; break;
    case 3: plan.arguments = {"-n", "50", "-X"}; break;
    case 4: plan.arguments = {"--verify"}; break;
    case 5: return {.arguments = {"inspect"}, .inspects = true};
    default: plan.arguments = {"--stats"}; break;
  }
  return plan;
}

}  // namespace logbuf::soak
