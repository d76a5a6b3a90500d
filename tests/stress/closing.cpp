// "disconnected" comes behind the last record, never before it; and it comes at once, not with a time-out.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <semaphore>
#include <thread>

#include <logbuf/channel.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using logbuf::RecvError;
using test::required;
namespace channel = logbuf::channel;

namespace {

// Hands things to one thread again and again: starting one a round would leave no race to find.
template <typename T>
class Handover {
 public:
  void give(T value) {
    slot_.emplace(std::move(value));
    full_.release();
  }
  T get() {
    full_.acquire();
    T value = std::move(*slot_);
    slot_.reset();
    return value;
  }

 private:
  std::optional<T> slot_;
  std::binary_semaphore full_{0};
};

// Each round: one thread sends its records and drops its end, the other must get all of them, then
// "disconnected".
template <logbuf::Kind K, typename Create>
void closings(std::uint64_t rounds, Create create) {
  Handover<std::optional<logbuf::Sender<K>>> senders;
  std::thread sending([&] {
    test::Random random(5);
    for (std::uint64_t round = 0;; ++round) {
      auto sender = senders.get();
      if (!sender) return;
      for (std::uint64_t n = 0; n <= round % 3; ++n) sender->send(8)->commit();
      for (auto spins = random.below(round % 2 == 0 ? 1 : 15'000); spins > 0; --spins)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  });
  std::uint64_t left_behind = 0;
  std::uint64_t waited_out = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    auto ends = required(create());
    auto receiver = std::move(ends.second);
    senders.give(std::move(ends.first));
    std::uint64_t got = 0;
    for (;;) {
      const auto claim = receiver.recv(std::chrono::milliseconds(900));
      if (claim) {
        ++got;
        continue;
      }
      // A time-out here is a lost wake-up (or a machine that stood still: then the next turn sees it).
      if (claim.error() == RecvError::disconnected) break;
      ++waited_out;
    }
    if (got != round % 3 + 1) ++left_behind;
  }
  senders.give(std::nullopt);
  sending.join();
  CHECK(left_behind == 0);
  // A machine that stands still could do this now and then; a lost wake-up does it far more often.
  CHECK(waited_out <= rounds / 5000);
  MESSAGE("waited out: " << waited_out);
}

}  // namespace

TEST_CASE("spsc: disconnected is never said with a record left in the ring") {
  closings<logbuf::Kind::spsc>(test::rounds(50'000), [] { return channel::spsc::create(4096); });
}

TEST_CASE("mpsc: disconnected is never said with a record left in the ring") {
  closings<logbuf::Kind::mpsc>(test::rounds(50'000),
                               [] { return channel::mpsc::create({.capacity = 4096, .max_producers = 2}); });
}

TEST_CASE("a sender at a full ring hears that the receiver has gone") {
  for (std::uint64_t round = 0; round < test::rounds(300); ++round) {
    auto ends = required(channel::mpsc::create(4096));
    std::optional<logbuf::SendError> why;
    std::thread sending([&why, sender = std::move(ends.first)]() mutable {
      for (;;) {
        const auto sent = sender.send(test::bytes_of("0123456789abcdef"));
        if (sent) continue;
        why = sent.error();
        return;
      }
    });
    {
      auto receiver = std::move(ends.second);
      for (int i = 0; i < 100; ++i) CHECK(receiver.recv());
    }
    sending.join();
    CHECK(why == logbuf::SendError::disconnected);
  }
}
