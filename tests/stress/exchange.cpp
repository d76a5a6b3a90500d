// Every record arrives once, whole, in its producer's order, whatever the interleaving. These tests do not
// prove the memory orders: they run on this machine's, and under the thread sanitizer on what it knows of the
// language's.
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using logbuf::Kind;
using test::required;

namespace {

constexpr std::size_t kLongest = 3000;

// `type` says who sent it: content.hpp makes the rest from it.
template <Kind K>
std::uint64_t send_all(logbuf::Sender<K>& sender, std::uint16_t type, std::uint64_t count) {
  for (std::uint64_t n = 0; n < count; ++n) {
    // Now and then something that must not arrive.
    if (n % 17 == 3) {
      if (auto unwanted = sender.send(100, 0xffff)) std::memset(unwanted->bytes().data(), 0xff, 100);
    }
    auto claim = sender.send(test::content_length(type, n, kLongest), type);
    if (!claim) return n;
    test::fill_content(type, n, claim->bytes());
    claim->commit();
  }
  return count;
}

struct Tally {
  std::map<std::uint16_t, std::uint64_t> next;  // by type
  std::uint64_t wrong = 0;
  std::uint64_t records = 0;

  void operator()(const logbuf::Record& record) {
    const std::uint64_t n = next[record.type()]++;
    ++records;
    if (!test::is_content(record.type(), n, kLongest, record.bytes())) ++wrong;
  }
};

void receive_all(logbuf::Receiver& receiver, Tally& tally) {
  for (int i = 0;; ++i) {
    if (i % 2 == 0) {
      const auto claim = receiver.recv();
      if (!claim) return;
      tally(*claim);
    } else {
      auto batch = receiver.recv_batch(5000, std::chrono::hours(1));
      if (!batch) return;
      for (const logbuf::Record& record : *batch) tally(record);
    }
  }
}

template <Kind K>
void exchange(std::pair<logbuf::Sender<K>, logbuf::Receiver> ends, std::uint16_t producers,
              std::uint64_t count) {
  auto receiver = std::move(ends.second);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> sent = 0;
  {
    auto first = std::move(ends.first);
    for (std::uint16_t type = 1; type < producers; ++type) {
      threads.emplace_back([&sent, type, count, sender = required(first.clone())]() mutable {
        sent += send_all(sender, type, count);
      });
    }
    threads.emplace_back(
        [&sent, count, sender = std::move(first)]() mutable { sent += send_all(sender, 0, count); });
  }
  // A thread's sender goes with the thread's function object.
  Tally tally;
  receive_all(receiver, tally);
  for (auto& thread : threads) thread.join();
  CHECK(sent == producers * count);
  CHECK(tally.records == producers * count);
  CHECK(tally.wrong == 0);
  CHECK(receiver.consumer().records_consumed() == producers * count);
  const auto status = receiver.consumer().status();
  CHECK(status.total_records == producers * count);
  CHECK(status.head == status.tail);
}

}  // namespace

TEST_CASE("mpsc: records of eight threads arrive once, whole and in each one's order") {
  for (const bool timestamps : {false, true}) {
    exchange(required(logbuf::channel::mpsc::create({.capacity = 16384, .timestamps = timestamps})), 8,
             test::rounds(40'000));
  }
}

TEST_CASE("spsc: records arrive once, whole and in order") {
  for (const bool timestamps : {false, true}) {
    exchange(required(logbuf::channel::spsc::create({.capacity = 16384, .timestamps = timestamps})), 1,
             test::rounds(200'000));
  }
}

TEST_CASE("batches of several threads are never mixed up or taken apart") {
  auto ends = required(logbuf::queue::mpsc::create(4096));
  auto consumer = std::move(ends.second);
  const std::uint64_t batches = test::rounds(40'000);
  constexpr std::uint64_t kPerBatch = 5;
  std::vector<std::thread> threads;
  for (std::uint16_t type = 0; type < 4; ++type) {
    threads.emplace_back([type, batches, producer = required(ends.first.clone())]() mutable {
      for (std::uint64_t b = 0; b < batches;) {
        auto batch = producer.try_claim_batch(kPerBatch, 8 + b % 40, type);
        if (!batch) {
          std::this_thread::yield();
          continue;
        }
        for (const auto bytes : *batch) std::memcpy(bytes.data(), &b, 8);
        if (b % 5 == 4 && b % 2 == 0) {
          batch->abort();
        } else {
          batch->commit();
        }
        ++b;
      }
    });
  }
  std::uint64_t wrong = 0;
  std::uint64_t records = 0;
  std::uint64_t expected = 0;
  for (std::uint64_t b = 0; b < batches; ++b) expected += b % 5 == 4 && b % 2 == 0 ? 0 : 4 * kPerBatch;
  std::uint64_t in_a_row = 0;
  std::pair<std::uint16_t, std::uint64_t> current;
  while (records < expected) {
    const auto claim = consumer.try_claim();
    if (!claim) {
      // Inside a batch, the next record must be there at once.
      if (in_a_row % kPerBatch != 0) ++wrong;
      std::this_thread::yield();
      continue;
    }
    std::uint64_t b = 0;
    std::memcpy(&b, claim->bytes().data(), 8);
    if (in_a_row % kPerBatch == 0) current = {claim->type(), b};
    if (current != std::pair(claim->type(), b)) ++wrong;
    ++in_a_row;
    ++records;
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}
