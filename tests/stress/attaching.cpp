// Producers that come and go while others work.
#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <logbuf/queue.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using logbuf::Errc;
using logbuf::Kind;
using test::required;

namespace {

// `threads` take turns: attach, send one record, detach. None may be lost, whoever came in between.
template <Kind K>
void turns(std::uint32_t slots, std::uint16_t threads, std::uint64_t each) {
  const test::ScratchRing ring({.capacity = 4096, .kind = K, .max_producers = slots});
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  std::atomic<std::uint64_t> other_errors = 0;
  std::atomic<int> running = threads;
  std::vector<std::thread> sending;
  for (std::uint16_t type = 0; type < threads; ++type) {
    sending.emplace_back([&, type] {
      for (std::uint64_t n = 0; n < each;) {
        auto producer = logbuf::Producer<K>::attach(ring.name());
        if (!producer) {
          if (producer.error() != Errc::no_free_slot) {
            ++other_errors;
            break;
          }
          continue;
        }
        auto claim = producer->try_claim(8, type);
        if (!claim) continue;  // full
        std::memcpy(claim->bytes().data(), &n, 8);
        claim->commit();
        ++n;
      }
      --running;
    });
  }
  std::vector<std::uint64_t> next(threads, 0);
  std::uint64_t wrong = 0;
  for (;;) {
    const bool last = running == 0;
    while (const auto claim = consumer.try_claim()) {
      std::uint64_t n = 0;
      std::memcpy(&n, claim->bytes().data(), 8);
      if (claim->type() >= threads || n != next[claim->type()]++) ++wrong;
    }
    if (last) break;
    std::this_thread::yield();
  }
  for (auto& thread : sending) thread.join();
  CHECK(other_errors == 0);
  CHECK(wrong == 0);
  for (const std::uint64_t n : next) CHECK(n == each);
  CHECK(consumer.state() == logbuf::RingState::empty);
}

}  // namespace

TEST_CASE("spsc: producers that come and go in turns lose nothing") {
  turns<Kind::spsc>(1, 3, test::rounds(3000));
}

TEST_CASE("mpsc: producers that come and go in turns lose nothing") {
  turns<Kind::mpsc>(2, 4, test::rounds(2000));
}
