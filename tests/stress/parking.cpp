// A wake-up is never lost. A lost one would be waited out, so it is counted as an event: a park that ends
// with "timeout" though a record came. Nothing measures time; the time-out is only so long that scheduling
// alone does not reach it.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <logbuf/channel.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using test::required;
namespace channel = logbuf::channel;

namespace {

constexpr auto kLong = std::chrono::milliseconds(900);

// A machine that stands still could wait out this many.
constexpr std::uint64_t excusable(std::uint64_t rounds) {
  return rounds / 25'000 + 1;
}

void spin(std::uint64_t turns) {
  for (; turns > 0; --turns) std::atomic_signal_fence(std::memory_order_seq_cst);
}

// Yields only when spinning has not helped: who yields on a busy machine comes back too late for any race.
template <typename Condition>
void wait_until(Condition condition) {
  for (std::uint64_t turn = 0; !condition(); ++turn) {
    if (turn % 20'000 == 19'999) std::this_thread::yield();
  }
}

// The sender sends the next record when the last one was taken: it often meets the receiver on its way to
// sleep.
template <logbuf::Kind K>
void in_lockstep(std::pair<logbuf::Sender<K>, logbuf::Receiver> ends, std::uint64_t rounds) {
  auto receiver = std::move(ends.second);
  std::atomic<std::uint64_t> taken = 0;
  std::atomic<bool> stop = false;
  std::thread sending([&, sender = std::move(ends.first)]() mutable {
    test::Random random(1);
    for (std::uint64_t n = 0; n < rounds && !stop; ++n) {
      wait_until([&] { return taken.load() == n || stop; });
      spin(random.below(120'000));  // as long as the receiver spins, and longer
      if (n % 8 == 0) {
        (void)sender.send(8);  // an abort wakes, too, and is nothing to receive
      }
      auto claim = sender.send(8);
      claim->commit();
    }
  });
  std::uint64_t lost = 0;
  for (std::uint64_t n = 0; n < rounds; ++n) {
    auto claim = receiver.recv(kLong);
    for (; !claim && lost <= excusable(rounds); claim = receiver.recv(kLong)) ++lost;
    if (!claim) break;
    taken.store(n + 1);
  }
  stop = true;
  sending.join();
  CHECK(lost <= excusable(rounds));
  CHECK(taken == rounds);
}

}  // namespace

TEST_CASE("mpsc: no wake-up is lost between looking and parking") {
  in_lockstep(required(channel::mpsc::create(4096)), test::rounds(50'000));
}

TEST_CASE("spsc: no wake-up is lost between looking and parking") {
  in_lockstep(required(channel::spsc::create(4096)), test::rounds(50'000));
}

TEST_CASE("a commit between a consumer's look and its park is seen by the park") {
  auto ends = required(channel::mpsc::create(4096));
  auto receiver = std::move(ends.second);
  auto& consumer = receiver.consumer();
  const std::uint64_t rounds = test::rounds(100'000);
  std::atomic<std::uint64_t> looked = 0;
  std::thread sending([&, sender = std::move(ends.first)]() mutable {
    for (std::uint64_t n = 1; n <= rounds; ++n) {
      wait_until([&] { return looked.load() >= n; });
      sender.send(1)->commit();
    }
  });
  test::Random random(2);
  std::uint64_t missed = 0;
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    if (consumer.try_claim()) FAIL("a record that was not sent");
    looked.store(n);
    spin(random.below(10'000));  // as long as the sender needs, and longer
    // Early returns for no reason are allowed; sleeping through the record is not.
    const auto begin = std::chrono::steady_clock::now();
    do {
      if (missed <= excusable(rounds)) consumer.park(kLong);
    } while (consumer.state() != logbuf::RingState::ready);
    if (std::chrono::steady_clock::now() - begin >= kLong) ++missed;
    if (!consumer.try_claim()) FAIL("no record");
  }
  sending.join();
  CHECK(missed <= excusable(rounds));
}

TEST_CASE("an interrupt is never lost") {
  auto [sender, receiver] = required(channel::mpsc::create(4096));
  auto& consumer = receiver.consumer();
  const std::uint64_t rounds = test::rounds(50'000);
  std::atomic<std::uint64_t> begun = 0;
  std::atomic<std::uint64_t> interrupts = 0;
  std::thread other([&] {
    for (std::uint64_t n = 1; n <= rounds; ++n) {
      wait_until([&] { return begun.load() >= n; });
      interrupts.store(n);
      consumer.interrupt();
    }
  });
  std::uint64_t missed = 0;
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    begun.store(n);
    const auto begin = std::chrono::steady_clock::now();
    while (interrupts.load() < n) {
      if (missed <= excusable(rounds)) consumer.park(kLong);
    }
    if (std::chrono::steady_clock::now() - begin >= kLong) ++missed;
  }
  other.join();
  CHECK(missed <= excusable(rounds));
}
