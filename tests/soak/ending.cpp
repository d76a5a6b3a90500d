// The end of an epoch: everybody goes, everything is drained, everything is compared.
#include <algorithm>

#include <logbuf/consumer.hpp>
#include <logbuf/error.hpp>
#include <logbuf/producer.hpp>

#include "epoch.hpp"

namespace logbuf::soak {
namespace {

using namespace std::chrono_literals;

// Far longer than anything here takes, on a machine that does other things too.
constexpr auto kPatience = 120s;

template <Kind K>
std::string check_slots_of(const RingInfo& info) {
  std::vector<Producer<K>> producers;
  for (std::uint32_t slot = 0; slot < info.max_producers; ++slot) {
    auto producer = Producer<K>::attach(info.name);
    if (!producer) return "slot " + std::to_string(slot) + " cannot be had: " + error_detail();
    producers.push_back(std::move(*producer));
  }
  if (Producer<K>::attach(info.name).error() != Errc::no_free_slot) return "there is a slot too many";
  return {};
}

}  // namespace

void Epoch::wait_for_all(Role role, const std::string& after) {
  const Clock::time_point limit = Clock::now() + kPatience;
  const auto left = [&] { return children_.those([&](const Child& child) { return child.role == role; }); };
  while (!left().empty()) {
    if (Clock::now() < limit) {
      wait(Clock::now() + 20ms);
      continue;
    }
    const Child& one = *left().front();
    throw Failure(std::to_string(left().size()) + " " + name_of(role) + "(s) did not end after " + after +
                  ", among them process " + std::to_string(one.pid) + " (" + one.command + "); " +
                  (one.ring < kRings ? describe(rings_[one.ring].segment) : std::string()));
  }
}

void Epoch::end_producers() {
  log("the end");
  children_.all_go_on();
  for (Ring& ring : rings_) {
    if (ring.plan.ending == Ending::closed && !ring.segment.close()) throw Failure(error_detail());
  }
  for (Child* const child : children_.those([](const Child& c) { return c.role == Role::producer; })) {
    switch (rings_[child->ring].plan.ending) {
      case Ending::told: note<std::uint32_t>(ledger_.page(child->producer).stop, 1); break;
      case Ending::closed: break;
      case Ending::killed: children_.kill(*child);
    }
  }
  wait_for_all(Role::producer, "the ring was closed or they were told to stop");
}

// Some are told, some are killed; what they leave is another's to drain.
void Epoch::end_archivers_and_readers() {
  due_.clear();
  children_.all_go_on();
  std::uint64_t draw = seed_;
  for (Child* const child : children_.those([](const Child& c) { return c.role != Role::producer; })) {
    if (child->role == Role::reader || (draw >>= 1) % 2 == 0) {
      children_.kill(*child);
    } else {
      children_.send(*child, SIGTERM);
    }
  }
  wait_for_all(Role::reader, "being killed");
  wait_for_all(Role::archiver, "being killed, or told to stop");
}

// Of a closed ring an archiver ends by itself.
void Epoch::drain(std::uint32_t number) {
  Ring& ring = rings_[number];
  std::vector<std::string> command = {options_.archiver.string(), "--dir", archives().string(), "--ring",
                                      ring_name(number)};
  if (ring.plan.ending != Ending::closed) command.emplace_back("--once");
  children_.start({.role = Role::archiver, .ring = number, .command = std::move(command)});
  wait_for_all(Role::archiver, "the last records");
  check_at_rest(ring);
}

void Epoch::check_at_rest(Ring& ring) {
  const std::string problem = "a ring is not empty after its last archiver: ";
  {
    // Also closes the books of those who died without a claim of theirs in the ring.
    const auto consumer = Consumer::attach(ring.segment.info().name);
    if (!consumer) throw Failure(error_detail());
    if (consumer->state() != RingState::empty) throw Failure(problem + describe(ring.segment));
  }
  const RingStatus status = ring.segment.status();
  if (status.tail != status.head || status.consumed != status.head) throw Failure(problem + describe(ring.segment));
  if (!status.producers.empty()) throw Failure("a slot is not free, and nobody has it: " + describe(ring.segment));
  if (ring.plan.ending != Ending::closed) check_slots(ring);
}

void Epoch::check_slots(const Ring& ring) const {
  const RingInfo& info = ring.segment.info();
  const std::string wrong =
      info.kind == Kind::spsc ? check_slots_of<Kind::spsc>(info) : check_slots_of<Kind::mpsc>(info);
  if (!wrong.empty()) throw Failure(wrong + "; " + describe(ring.segment));
}

void Epoch::check_books() {
  std::string wrong;
  for (Ring& ring : rings_) {
    const RingInfo& info = ring.segment.info();
    const RingBooks books{.seed = seed_,
                          .info = info,
                          .status = ring.segment.status(),
                          .archive = archives() / info.name,
                          .producers = std::move(ring.deceased)};
    for (const std::string& problem : audit(books, ledger_, tally_)) wrong += "\n  " + problem;
  }
  if (!wrong.empty()) throw Failure("the books do not balance:" + wrong);
}

}  // namespace logbuf::soak
