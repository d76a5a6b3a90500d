#include "consume_source.hpp"

#include <algorithm>
#include <utility>

#include "failure.hpp"
#include "ring_source.hpp"

namespace logbuf::cat {
namespace {

// Producers of a queue do not wake who sleeps: look this often.
constexpr std::chrono::milliseconds longest_nap{10};

Consumer attach(const std::string& ring) {
  auto consumer = Consumer::attach(ring);
  if (!consumer) cli::die(consumer.error(), "ring " + ring + " cannot be consumed");
  return std::move(*consumer);
}

Peek open_peek(const std::string& ring) {
  auto peek = Peek::open(ring);
  if (!peek) cli::die(peek.error(), "ring " + ring + " cannot be opened");
  return std::move(*peek);
}

}  // namespace

ConsumeSource::ConsumeSource(const std::string& ring)
    : consumer_(attach(ring)), peek_(open_peek(ring)), start_tail_(peek_.tail()) {}

std::optional<Item> ConsumeSource::next() {
  if (!told_start_ && peek_.position() >= start_tail_) {
    told_start_ = true;
    return std::nullopt;
  }
  if (auto item = next_item(peek_)) return item;
  // The consumer closes the hole that a dead producer has left; then there may be more to look at.
  if (auto batch = consumer_.try_claim_batch(1)) batch->keep();
  if (auto item = next_item(peek_)) return item;
  refuse_quarantined();
  return std::nullopt;
}

bool ConsumeSource::look_behind() {
  // To claim is to look; what has come meanwhile stays.
  if (auto batch = consumer_.try_claim_batch(1)) batch->keep();
  return consumer_.state() != RingState::quarantined;
}

std::string ConsumeSource::quarantine_text() const {
  return "ring " + consumer_.info().name +
         " is quarantined: what stands behind its last record was written by no producer (logbuf-ctl inspect says "
         "where)";
}

void ConsumeSource::refuse_quarantined() const {
  if (consumer_.state() == RingState::quarantined) cli::die(quarantine_text(), cli::ExitCode::lost);
}

bool ConsumeSource::ended() const {
  return consumer_.is_closed() && consumer_.state() == RingState::empty;
}

void ConsumeSource::wait(std::chrono::nanoseconds timeout) {
  consumer_.park(std::min<std::chrono::nanoseconds>(timeout, longest_nap));
}

void ConsumeSource::settle(std::uint64_t count) {
  while (count > 0) {
    auto batch = consumer_.try_claim_batch(consumer_.info().capacity);
    if (!batch) return;  // quarantined: next() says so
    while (count > 0 && batch->next()) --count;
    batch->release();
  }
}

}  // namespace logbuf::cat
