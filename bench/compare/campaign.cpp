#include "campaign.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "../cycle_timer.hpp"
#include "failure.hpp"

namespace logbuf::compare {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kBusyRecords = 100;  // a producer that has written so many is at work
constexpr auto kStartLimit = 20s;

class Campaign {
 public:
  Campaign(Transport& transport, Page& page, const Waiter& waiter, const Options& options)
      : transport_(transport), page_(page), waiter_(waiter), options_(options), chance_(options.seed) {}

  Outcome run(Victim victim, std::uint32_t kills);

 private:
  struct Producer {
    Child child;
    std::uint32_t life;
    std::uint64_t mark = 0;  // its progress at the last set_marks()
  };

  bool start_producer_at(std::size_t place);
  void stay_calm();
  bool kill_one(Victim victim);
  bool look(Waiter::Duration limit);
  void stop_producers();

  void set_marks();
  bool has_written(const Producer& producer) const { return progress(producer) >= producer.mark + kBusyRecords; }
  // Every one that is not to be killed has to live: a producer that ends by itself is a fault of this program.
  void see_that_they_live();
  std::uint64_t progress(const Producer& producer) const {
    const Life& life = page_.lives[producer.life];
    return life.written.load(std::memory_order_relaxed);
  }
  std::uint64_t longest_call_ns(Phase phase) const;
  // Longest calls that have not returned.
  std::uint64_t longest_open_call_ns() const;
  std::vector<Written> written() const;

  Transport& transport_;
  Page& page_;
  const Waiter& waiter_;
  const Options& options_;
  std::mt19937_64 chance_;
  std::vector<Producer> producers_;
  std::uint32_t lives_ = 0;
  Outcome outcome_;
};

bool Campaign::start_producer_at(std::size_t place) {
  const std::uint32_t number = lives_++;
  Producer producer{.child = transport_.start_producer(number), .life = number};
  if (place < producers_.size()) {
    producers_[place] = std::move(producer);
  } else {
    producers_.push_back(std::move(producer));
  }
  Producer& started = producers_[place];
  const bool ready = waiter_.until(
      [&] {
        // acquire: it is attached.
        return page_.lives[number].ready.load(std::memory_order_acquire) != 0 || !started.child.running();
      },
      kStartLimit);
  if (!started.child.running()) cli::die("a producer ended instead of beginning");
  return ready;
}

void Campaign::see_that_they_live() {
  for (Producer& producer : producers_)
    if (!producer.child.running()) cli::die("a producer ended by itself");
}

void Campaign::set_marks() {
  for (Producer& producer : producers_) producer.mark = progress(producer);
}

std::uint64_t Campaign::longest_call_ns(Phase phase) const {
  std::uint64_t longest = 0;
  for (std::uint32_t i = 0; i < lives_; ++i) {
    longest =
        std::max(longest, page_.lives[i].longest_ns[static_cast<std::size_t>(phase)].load(std::memory_order_relaxed));
  }
  return longest;
}

std::uint64_t Campaign::longest_open_call_ns() const {
  const std::uint64_t now = bench::monotonic_ns();
  std::uint64_t longest = 0;
  for (const Producer& producer : producers_) {
    const std::uint64_t since = page_.lives[producer.life].call_since_ns.load(std::memory_order_relaxed);
    if (since != 0 && since < now) longest = std::max(longest, now - since);
  }
  return longest;
}

std::vector<Written> Campaign::written() const {
  std::vector<Written> lives;
  for (std::uint32_t i = 0; i < lives_; ++i) {
    const Life& life = page_.lives[i];
    lives.push_back({.written = life.written.load(std::memory_order_relaxed),
                     .refused = life.refused.load(std::memory_order_relaxed)});
  }
  return lives;
}

// What this machine does to eight busy producers when nobody dies.
void Campaign::stay_calm() {
  set_marks();
  const std::uint64_t before = transport_.arrived_bytes();
  page_.open.store(1, std::memory_order_relaxed);
  waiter_.pause(500ms);
  const bool going = waiter_.until(
      [&] {
        return std::ranges::all_of(producers_, [&](const Producer& p) { return has_written(p); }) &&
               transport_.arrived_bytes() >= before + options_.capacity_bytes;
      },
      options_.look, 5ms);
  page_.open.store(0, std::memory_order_relaxed);
  see_that_they_live();
  if (!going) cli::die("records do not go from the producers to the disk, though nobody was killed");
  outcome_.calm_longest_ns = longest_call_ns(Phase::calm);
  page_.phase.store(Phase::kills, std::memory_order_relaxed);
}

// Do the survivors go on? More must come to disk than the transport held when the victim died. False: no more kills.
bool Campaign::look(Waiter::Duration limit) {
  set_marks();
  const std::uint64_t before = transport_.arrived_bytes();
  bool arrives = false;
  const auto everybody_writes = [&] {
    return std::ranges::all_of(producers_, [&](Producer& p) { return !p.child.running() || has_written(p); });
  };
  const bool fine = waiter_.until(
      [&] {
        arrives = arrives || transport_.arrived_bytes() >= before + options_.capacity_bytes;
        return arrives && everybody_writes();
      },
      limit, 5ms);
  outcome_.longest_ns = std::max({outcome_.longest_ns, longest_call_ns(Phase::kills), longest_open_call_ns()});
  outcome_.going = static_cast<std::uint32_t>(
      std::ranges::count_if(producers_, [&](Producer& p) { return p.child.running() && has_written(p); }));
  if (fine) ++outcome_.survived_by_all;
  if (outcome_.going != 0 && arrives) {
    ++outcome_.survived;
    return true;
  }
  outcome_.end = outcome_.going == 0 ? "nobody writes on" : "nothing arrives";
  return false;
}

// False: no more kills.
bool Campaign::kill_one(Victim victim) {
  set_marks();
  page_.open.store(1, std::memory_order_relaxed);
  // In the midst of its work, wherever that is. One that an earlier kill has stopped has no work: another one.
  std::size_t place = chance_() % producers_.size();
  const bool busy = waiter_.until(
      [&] {
        if (has_written(producers_[place])) return true;
        if (outcome_.survived == outcome_.survived_by_all) return false;
        place = chance_() % producers_.size();
        return false;
      },
      options_.look);
  if (!busy) {
    outcome_.end = "nobody writes on";
    return false;
  }
  waiter_.pause(std::chrono::microseconds(chance_() % 5000));
  see_that_they_live();
  ++outcome_.kills;
  if (victim == Victim::producer) {
    producers_[place].child.kill();
    if (page_.lives[producers_[place].life].call_since_ns.load(std::memory_order_relaxed) != 0) ++outcome_.in_call;
    if (!look(options_.look)) return false;
  } else {
    transport_.kill_consumer();
    // What is measured is what its death costs, not what its absence does.
    page_.open.store(0, std::memory_order_relaxed);
    transport_.restart_consumer();
    page_.open.store(1, std::memory_order_relaxed);
    // Its producers may have to find the new one first.
    if (!look(2 * options_.look)) return false;
  }
  page_.open.store(0, std::memory_order_relaxed);
  if (victim == Victim::producer && !start_producer_at(place)) {
    outcome_.end = "a new producer cannot begin";
    return false;
  }
  return true;
}

void Campaign::stop_producers() {
  page_.stop.store(1, std::memory_order_relaxed);
  waiter_.until([&] { return std::ranges::none_of(producers_, [](Producer& p) { return p.child.running(); }); }, 3s);
  for (Producer& producer : producers_) producer.child.kill();
  // release: the consumer that sees it finds all that was sent.
  page_.stop.store(2, std::memory_order_release);
}

Outcome Campaign::run(Victim victim, std::uint32_t kills) {
  const auto began = std::chrono::steady_clock::now();
  transport_.start();
  for (std::size_t place = 0; place < options_.producers; ++place)
    if (!start_producer_at(place)) cli::die("a producer did not begin");
  stay_calm();
  outcome_.going = options_.producers;
  const auto first_kill = std::chrono::steady_clock::now();
  const auto end = first_kill + options_.limit;
  while (outcome_.kills < kills && kill_one(victim)) {
    if (std::chrono::steady_clock::now() > end && outcome_.kills < kills) {
      outcome_.end = "the time was over";
      outcome_.time_over = true;
      break;
    }
  }
  outcome_.kills_took = std::chrono::steady_clock::now() - first_kill;
  stop_producers();
  transport_.finish();
  Tally tally;
  outcome_.counted = transport_.read_back(tally);
  outcome_.balance = tally.balance(written());
  outcome_.remarks = transport_.remarks();
  outcome_.took = std::chrono::steady_clock::now() - began;
  return outcome_;
}

}  // namespace

Outcome run_campaign(Transport& transport, Page& page, const Waiter& waiter, const Options& options, Victim victim,
                     std::uint32_t kills) {
  return Campaign(transport, page, waiter, options).run(victim, kills);
}

}  // namespace logbuf::compare
