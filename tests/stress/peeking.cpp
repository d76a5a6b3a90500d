// A peek beside a consumer that takes the records away: what it returns is whole, what it does not see is
// counted.
#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <variant>

#include <logbuf/channel.hpp>
#include <logbuf/peek.hpp>

#include "content.hpp"
#include "scratch_ring.hpp"

using test::required;

namespace {

constexpr std::size_t kLongest = 1000;

struct Seen {
  std::uint64_t records = 0;
  std::uint64_t missed = 0;
  std::uint64_t wrong = 0;
  std::uint64_t errors = 0;
};

void look(logbuf::Peek peek, std::uint64_t until, Seen& seen) {
  std::uint64_t next = 0;
  while (next < until) {
    const auto got = peek.next();
    if (!got) {
      ++seen.errors;
      return;
    }
    if (!*got) {
      std::this_thread::yield();
      continue;
    }
    if (const auto* const missed = std::get_if<logbuf::Missed>(&**got)) {
      seen.missed += missed->records;
      next += missed->records;
      continue;
    }
    const auto& record = std::get<logbuf::PeekedRecord>(**got);
    // The seq says which record it is, and so what must be in it: one sender, so the n-th record is its n-th.
    if (record.seq != next || !test::is_content(1, record.seq, kLongest, record.bytes)) ++seen.wrong;
    ++seen.records;
    ++next;
  }
}

}  // namespace

TEST_CASE(
    "every record that a peek returns is the one that was sent, and what it missed is counted to the "
    "record") {
  for (const std::uint64_t batch_bytes : {std::uint64_t{1}, std::uint64_t{2000}, std::uint64_t{1} << 20}) {
    const test::ScratchRing ring({.capacity = 8192});
    const std::uint64_t count = test::rounds(150'000);
    auto sender = required(logbuf::channel::mpsc::Sender::attach(ring.name()));
    auto receiver = required(logbuf::channel::mpsc::Receiver::attach(ring.name()));
    Seen first;
    Seen second;
    std::thread looking_first([&, peek = required(logbuf::Peek::open(ring.name()))]() mutable {
      look(std::move(peek), count, first);
    });
    std::thread looking_second([&, peek = required(logbuf::Peek::open(ring.name()))]() mutable {
      look(std::move(peek), count, second);
    });
    std::thread sending([&] {
      for (std::uint64_t n = 0; n < count; ++n) {
        if (n % 50 == 7) (void)sender.send(300);  // aborted
        auto claim = sender.send(test::content_length(1, n, kLongest));
        test::fill_content(1, n, claim->bytes());
        claim->commit();
      }
    });
    std::uint64_t received = 0;
    while (received < count) {
      auto batch = receiver.recv_batch(batch_bytes, std::chrono::hours(1));
      REQUIRE(batch);
      for ([[maybe_unused]] const logbuf::Record& record : *batch) ++received;
    }
    sending.join();
    looking_first.join();
    looking_second.join();
    for (const Seen& seen : {first, second}) {
      CHECK(seen.errors == 0);
      CHECK(seen.wrong == 0);
      CHECK(seen.records + seen.missed == count);
      MESSAGE("seen " << seen.records << ", missed " << seen.missed);
    }
  }
}
