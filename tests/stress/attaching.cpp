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

TEST_CASE("a free slot is found, however the consumer moves meanwhile") {
  const test::ScratchRing ring({.capacity = 4096, .max_producers = 1});
  auto consumer = required(logbuf::Consumer::attach(ring.name()));
  std::atomic<bool> stop = false;
  std::thread consuming([&] {
    test::Random random(3);
    while (!stop) {
      const auto claim = consumer.try_claim();
      if (!claim) continue;
      // Its release meets the next attach at a place that differs each time.
      for (auto spins = random.below(20'000); spins > 0; --spins)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  });
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < test::rounds(20'000); ++i) {
    auto producer = logbuf::queue::mpsc::Producer::attach(ring.name());
    if (!producer) {
      ++refused;
      continue;
    }
    (void)test::put(*producer, "x");
  }
  stop = true;
  consuming.join();
  CHECK(refused == 0);
}

#if !defined(__SANITIZE_THREAD__)  // which does not like fork() in a process with threads
TEST_CASE("a child forked while a producer attaches inherits no descriptor of the ring") {
  const test::ScratchRing ring;
  std::atomic<bool> stop = false;
  std::thread attaching([&] {
    while (!stop) (void)logbuf::queue::mpsc::Producer::attach(ring.name());
  });
  std::uint64_t inherited = 0;
  for (std::uint64_t i = 0; i < test::rounds(1500); ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      // Only calls that are safe behind a fork() of several threads.
      for (int fd = 3; fd < 64; ++fd) {
        char link[256];
        char path[32];
        std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        const ssize_t length = ::readlink(path, link, sizeof link - 1);
        if (length <= 0) continue;
        link[length] = '\0';
        if (std::strstr(link, "logbuf.test-") != nullptr) ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) ++inherited;
  }
  stop = true;
  attaching.join();
  CHECK(inherited == 0);
}
#endif
