#include "epoch.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <logbuf/error.hpp>

#include "traits.hpp"

namespace logbuf::soak {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 250ms;
// All rings' records together; the archives are not larger by much.
constexpr std::uint64_t kMostOnDisk_bytes = std::uint64_t{700} << 20;

const char* name_of(Act act) {
  constexpr std::array kNames = {"newcomer",      "leave",         "stop",           "massacre",        "archiver_kill",
                                 "archiver_term", "archiver_stop", "archiver_start", "archiver_rotate", "reader"};
  return kNames[static_cast<std::size_t>(act)];
}

Segment make_ring(const std::string& name, const SegmentOptions& options) {
  auto segment = Segment::create(name, options);
  if (!segment) throw Failure(error_detail());
  return std::move(*segment);
}

}  // namespace

Epoch::Epoch(const Options& options, const Scratch& scratch, Children& children, Tally& tally, std::uint64_t number)
    : options_(options),
      scratch_(scratch),
      children_(children),
      tally_(tally),
      number_(number),
      seed_(seed_of_epoch(options.seed, number)),
      plan_(seed_, options.pace),
      directory_(scratch.directory() / ("epoch-" + std::to_string(number))) {
  std::filesystem::create_directories(archives());
  log_.open(directory_ / "log");
  for (std::uint32_t ring = 0; ring < kRings; ++ring) {
    const RingPlan& plan = plan_.rings()[ring];
    rings_.push_back({.plan = plan,
                      .segment = make_ring(ring_name(ring), plan.segment),
                      .places = std::vector<ChildNumber>(plan.places),
                      .deceased = {},
                      .watch = {}});
  }
}

void Epoch::run(Clock::time_point deadline, const std::function<void()>& progress) {
  follow_plan(deadline, progress);
  end_producers();
  end_archivers_and_readers();
  for (std::uint32_t ring = 0; ring < kRings; ++ring) drain(ring);
  check_books();
  for (const Ring& ring : rings_) (void)Segment::unlink(ring.segment.info().name);
  std::filesystem::remove_all(directory_);
  tally_.epochs += 1;
}

void Epoch::log(const std::string& what) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
  log_ << ms.count() << " ms: " << what << '\n';
}

void Epoch::follow_plan(Clock::time_point deadline, const std::function<void()>& progress) {
  for (std::uint32_t ring = 0; ring < kRings; ++ring) start_archiver(ring, seed_ + ring);
  for (std::uint64_t left = plan_.steps(); left > 0 && Clock::now() < deadline && !enough_on_disk(); --left) {
    const Step step = plan_.next_step();
    wait(Clock::now() + step.delay);
    carry_out(step);
    progress();
  }
}

void Epoch::carry_out(const Step& step) {
  log(std::string(name_of(step.act)) + " ring " + std::to_string(step.ring) + " place " + std::to_string(step.place));
  switch (step.act) {
    case Act::newcomer:
    case Act::leave:
    case Act::stop:
    case Act::massacre: return act_on_producers(step);
    case Act::archiver_kill:
    case Act::archiver_term:
    case Act::archiver_stop:
    case Act::archiver_start:
    case Act::archiver_rotate: return act_on_archivers(step);
    case Act::reader: return start_reader(step);
  }
}

void Epoch::act_on_producers(const Step& step) {
  Ring& ring = rings_[step.ring];
  Child* const holder = children_.find(ring.places[step.place]);
  switch (step.act) {
    case Act::newcomer:
      if (holder != nullptr) children_.kill(*holder);
      start_producer(step.ring, step.place);
      break;
    case Act::leave:
      if (holder != nullptr) note<std::uint32_t>(ledger_.page(holder->producer).stop, 1);
      break;
    case Act::stop:
      if (holder != nullptr) stop_for(*holder, step.span);
      break;
    default:
      for (Child* const child : children_.those([&](const Child& c) {
             return c.ring == step.ring &&
                    (c.role == Role::producer || (c.role == Role::archiver && step.draw % 2 == 0));
           })) {
        children_.kill(*child);
      }
      if (step.draw % 2 == 0) later(step.span, [this, step] { start_archiver(step.ring, step.draw); });
  }
}

void Epoch::act_on_archivers(const Step& step) {
  const auto start = [this, ring = step.ring, draw = step.draw] { start_archiver(ring, draw); };
  if (step.act == Act::archiver_start) return start();
  for (Child* const child :
       children_.those([&](const Child& c) { return c.role == Role::archiver && c.ring == step.ring && !c.killed; })) {
    switch (step.act) {
      case Act::archiver_kill: children_.kill(*child); break;
      case Act::archiver_term: children_.send(*child, SIGTERM); break;
      case Act::archiver_stop: stop_for(*child, step.span); break;
      default: children_.send(*child, SIGUSR2);
    }
  }
  if (step.act == Act::archiver_kill || step.act == Act::archiver_term) later(step.span, start);
}

void Epoch::start_producer(std::uint32_t ring, std::uint32_t place) {
  const std::uint32_t number = producers_++;
  const Traits traits = draw_traits(seed_, number, rings_[ring].plan.segment.kind);
  const std::chrono::microseconds lives_for(traits.death == Death::any_moment ? traits.dies_after_us : 0);
  rings_[ring].places[place] =
      children_.start({.role = Role::producer,
                       .ring = ring,
                       .producer = number,
                       .command = {options_.producer.string(), ring_name(ring), std::to_string(seed_),
                                   std::to_string(number), std::to_string(ledger_.descriptor())},
                       .lives_for = lives_for,
                       .inherited = ledger_.descriptor()});
  tally_.started[static_cast<std::size_t>(Role::producer)] += 1;
}

void Epoch::start_archiver(std::uint32_t ring, std::uint64_t draw) {
  std::vector<std::string> command = {options_.archiver.string(), "--dir", archives().string()};
  if (ring == kAllRings) {
    command.insert(command.end(), {"--rings", scratch_.ring_glob(number_)});
  } else {
    command.insert(command.end(), {"--ring", ring_name(ring)});
  }
  ArchiverPlan plan = draw_archiver(draw);
  for (std::string& argument : plan.arguments) command.push_back(std::move(argument));
  children_.start({.role = Role::archiver, .ring = ring, .command = std::move(command), .lives_for = plan.lives_for});
  tally_.started[static_cast<std::size_t>(Role::archiver)] += 1;
}

void Epoch::start_reader(const Step& step) {
  ReaderPlan plan = draw_reader(step.draw);
  std::vector<std::string> command = {(plan.inspects ? options_.ctl : options_.cat).string()};
  for (std::string& argument : plan.arguments) command.push_back(std::move(argument));
  const std::string ring = ring_name(step.ring);
  command.push_back(plan.of_archive ? (archives() / ring).string() : ring);
  const ChildNumber number = children_.start(
      {.role = Role::reader, .ring = step.ring, .command = std::move(command), .nobody_reads = plan.nobody_reads});
  tally_.started[static_cast<std::size_t>(Role::reader)] += 1;
  later(step.span, [this, number] {
    if (Child* const child = children_.find(number)) children_.kill(*child);
  });
}

void Epoch::stop_for(Child& child, std::chrono::nanoseconds span) {
  if (child.stopped) return;
  children_.stop(child);
  tally_.stopped[static_cast<std::size_t>(child.role)] += 1;
  later(span, [this, number = child.number] {
    if (Child* const stopped = children_.find(number)) children_.go_on(*stopped);
  });
}

void Epoch::later(std::chrono::nanoseconds delay, std::function<void()> what) {
  due_.emplace(Clock::now() + std::chrono::duration_cast<Clock::duration>(delay), std::move(what));
}

void Epoch::do_what_is_due() {
  while (!due_.empty() && due_.begin()->first <= Clock::now()) {
    const auto what = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    what();
  }
}

// Until then: what is due is done, who has ended is judged.
void Epoch::wait(Clock::time_point until) {
  do {
    do_what_is_due();
    watch_rings();
    const Clock::time_point next = due_.empty() ? until : std::min(until, due_.begin()->first);
    children_.wait(std::min(next, Clock::now() + kLook), [this](const Ended& ended) { judge(ended); });
  } while (Clock::now() < until);
}

void Epoch::watch_rings() {
  if (Clock::now() < look_at_) return;
  look_at_ = Clock::now() + kLook;
  for (std::uint32_t number = 0; number < kRings; ++number) {
    const bool hindered = !children_
                               .those([&](const Child& child) {
                                 return child.stopped && (child.ring == number || child.ring == kAllRings);
                               })
                               .empty();
    if (const auto wrong = rings_[number].watch.look(rings_[number].segment, hindered)) throw Failure(*wrong);
  }
}

bool Epoch::enough_on_disk() const {
  std::uint64_t bytes = 0;
  for (const Ring& ring : rings_) bytes += ring.segment.status().tail;
  return bytes > kMostOnDisk_bytes;
}

}  // namespace logbuf::soak
