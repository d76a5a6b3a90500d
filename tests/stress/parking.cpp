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

constexpr auto kLong = std::chrono::seconds(30);

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
      while (taken.load() != n && !stop) std::this_thread::yield();
      for (auto pauses = random.below(3000); pauses > 0; --pauses)
        std::atomic_signal_fence(std::memory_order_seq_cst);
      if (n % 8 == 0) {
        (void)sender.send(8);  // an abort wakes, too, and is nothing to receive
      }
      auto claim = sender.send(8);
      claim->commit();
    }
  });
  std::uint64_t lost = 0;
  for (std::uint64_t n = 0; n < rounds; ++n) {
    const auto claim = receiver.recv(kLong);
    if (!claim) {
      ++lost;
      break;
    }
    taken.store(n + 1);
  }
  stop = true;
  sending.join();
  CHECK(lost == 0);
  CHECK(taken == rounds);
}

}  // namespace

TEST_CASE("mpsc: no wake-up is lost between looking and parking") {
  in_lockstep(required(channel::mpsc::create(4096)), test::rounds(100'000));
}

TEST_CASE("spsc: no wake-up is lost between looking and parking") {
  in_lockstep(required(channel::spsc::create(4096)), test::rounds(100'000));
}

TEST_CASE("a commit between a consumer's look and its park is seen by the park") {
  auto ends = required(channel::mpsc::create(4096));
  auto receiver = std::move(ends.second);
  auto& consumer = receiver.consumer();
  const std::uint64_t rounds = test::rounds(100'000);
  std::atomic<std::uint64_t> looked = 0;
  std::thread sending([&, sender = std::move(ends.first)]() mutable {
    for (std::uint64_t n = 1; n <= rounds; ++n) {
      while (looked.load() < n) std::this_thread::yield();
      sender.send(1)->commit();
    }
  });
  std::uint64_t missed = 0;
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    CHECK_FALSE(consumer.try_claim());
    looked.store(n);
    // Early returns for no reason are allowed; sleeping through the record is not.
    const auto begin = std::chrono::steady_clock::now();
    while (consumer.state() != logbuf::RingState::ready) consumer.park(kLong);
    if (std::chrono::steady_clock::now() - begin >= kLong) ++missed;
    CHECK(consumer.try_claim());
  }
  sending.join();
  CHECK(missed == 0);
}

TEST_CASE("an interrupt is never lost") {
  auto [sender, receiver] = required(channel::mpsc::create(4096));
  auto& consumer = receiver.consumer();
  const std::uint64_t rounds = test::rounds(50'000);
  std::atomic<std::uint64_t> begun = 0;
  std::atomic<std::uint64_t> interrupts = 0;
  std::thread other([&] {
    for (std::uint64_t n = 1; n <= rounds; ++n) {
      while (begun.load() < n) std::this_thread::yield();
      interrupts.store(n);
      consumer.interrupt();
    }
  });
  std::uint64_t missed = 0;
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    begun.store(n);
    const auto begin = std::chrono::steady_clock::now();
    while (interrupts.load() < n) consumer.park(kLong);
    if (std::chrono::steady_clock::now() - begin >= kLong) ++missed;
  }
  other.join();
  CHECK(missed == 0);
}
