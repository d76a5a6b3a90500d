// One author at work: claims, writes, commits, aborts, and notes all of it in its book. May be killed anywhere.
#pragma once

#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include <logbuf/channel.hpp>
#include <logbuf/queue.hpp>

#include "content.hpp"
#include "ledger.hpp"
#include "payload.hpp"
#include "traits.hpp"

namespace logbuf::soak {

inline void nap(std::uint64_t us) noexcept {
  const timespec time = {.tv_sec = static_cast<time_t>(us / 1'000'000),
                         .tv_nsec = static_cast<long>(us % 1'000'000) * 1000};
  ::nanosleep(&time, nullptr);
}

struct Assignment {
  Page& page;
  Book& book;
  const Traits& traits;
  std::uint64_t seed;
  AuthorNumber number;
  bool first_thread;  // the one that dies and forks, where the process does
  std::uint32_t header_bytes;
};

// End: Producer<K> or Sender<K>.
template <typename End>
class Author {
 public:
  Author(End end, const Assignment& assignment)
      : end_(std::move(end)),
        page_(assignment.page),
        book_(assignment.book),
        traits_(assignment.traits),
        payloads_(assignment.seed, assignment.number, assignment.traits.sizes, end_.max_payload()),
        number_(assignment.number),
        first_thread_(assignment.first_thread),
        header_bytes_(assignment.header_bytes),
        random_(assignment.seed ^ assignment.number) {
    note<std::uint64_t>(book_.slot_and_1, end_.slot() + std::uint64_t{1});
  }

  // Until its budget is spent, it is told to stop, or the ring is closed.
  void run() {
    for (std::uint64_t claims = 1; !over() && bytes_ < traits_.budget_bytes; ++claims) {
      if (random_.below(100) < traits_.abort_percent) {
        write_and_abort();
      } else if (is_queue && random_.below(100) < traits_.batch_percent) {
        write_batch();
      } else {
        write_one();
      }
      if (random_.below(64) == 0) ask_the_impossible();
      if (traits_.nap_us != 0 && claims % traits_.burst_records == 0) nap(traits_.nap_us);
    }
    if (first_thread_ && traits_.leaves_a_claim) leave_claim_open();
  }

 private:
  static constexpr bool is_queue = requires(End& end) { end.try_claim_batch(1, 1); };
  static constexpr std::size_t kMostInBatch = 16;

  [[noreturn]] void fail(const char* what) const {
    std::fprintf(stderr, "producer %u: %s\n", number_ / kAuthorsEach, what);
    std::_Exit(1);
  }

  bool over() const { return closed_ || page_.stop.load(std::memory_order_relaxed) != 0; }
  bool waits() const { return traits_.way == Way::queue_waits || traits_.way == Way::channel_waits; }
  IfFull if_full() const { return waits() ? IfFull::retry : IfFull::drop; }
  std::uint64_t n() const { return book_.committed.load(std::memory_order_relaxed); }

  // One attempt of `records` records. Where they are dropped, the library counts what is refused, and so do we.
  template <typename Try>
  auto attempt_of(std::uint64_t records, Try attempt) {
    if (waits()) return attempt();
    note(book_.trying, records);
    auto space = attempt();
    if (!space && static_cast<ClaimError>(space.error()) == ClaimError::full) {
      note(book_.refused, book_.refused.load(std::memory_order_relaxed) + records);
    }
    note<std::uint64_t>(book_.trying, 0);
    return space;
  }

  auto attempt_one(std::size_t length) {
    if constexpr (is_queue) {
      return attempt_of(1, [&] { return end_.try_claim(length, number_, if_full()); });
    } else if (waits()) {
      // Now with a limit, now without.
      return random_.below(2) == 0 ? end_.send(length, number_)
                                   : end_.send_for(std::chrono::milliseconds(2), length, number_);
    } else {
      return attempt_of(1, [&] { return end_.try_send(length, number_); });
    }
  }

  // Tries until there is a claim, or once where the producer drops; nothing: it is over, or dropped.
  template <typename Attempt>
  auto claim_space(Attempt attempt) -> std::optional<typename decltype(attempt())::value_type> {
    for (std::uint64_t tries = 1;; ++tries) {
      note<std::uint64_t>(book_.in_claim, 1);
      auto space = attempt();
      if (space) return std::move(*space);
      note<std::uint64_t>(book_.in_claim, 0);
      const auto error = static_cast<ClaimError>(space.error());
      // A channel also says so where the ring is full and has no consumer: one will come.
      if (error == ClaimError::disconnected && end_.is_closed()) closed_ = true;
      if (error != ClaimError::full && error != ClaimError::disconnected) fail("a record was refused that fits");
      if (over()) return std::nullopt;
      if (!waits()) {
        nap(20);
        return std::nullopt;
      }
      if (tries % 64 == 0 || error == ClaimError::disconnected) {
        nap(200);
      } else {
        ::sched_yield();
      }
    }
  }

  void die_here(Death where) {
    if (!first_thread_ || traits_.death != where || n() < traits_.dies_at_record) return;
    note<std::uint32_t>(page_.kills_itself, 1);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }

  void hold() {
    if (traits_.hold_every != 0 && random_.below(traits_.hold_every) == 0) nap(traits_.hold_us);
  }

  void write(std::uint64_t n, std::span<std::byte> bytes) {
    if (std::ranges::any_of(bytes.first(std::min<std::size_t>(bytes.size(), 64)),
                            [](std::byte b) { return b != std::byte{0}; })) {
      fail("a claim's bytes are not zero");
    }
    if (first_thread_ && traits_.death == Death::half_written && this->n() >= traits_.dies_at_record) {
      std::ranges::fill(bytes.first((bytes.size() + 1) / 2), std::byte{0x2a});
      die_here(Death::half_written);
    }
    payloads_.fill(n, bytes);
  }

  // `claim`: of one record or of several, all written.
  template <typename Claim>
  void commit(Claim& claim, std::uint64_t records, std::uint64_t bytes) {
    note(book_.committing, n() + records);
    die_here(Death::before_commit);
    claim.commit();
    die_here(Death::behind_commit);
    note(book_.committed, book_.committing.load(std::memory_order_relaxed));
    note<std::uint64_t>(book_.in_claim, 0);
    bytes_ += bytes;
  }

  void write_one() {
    const std::size_t length = payloads_.length(n());
    auto space = claim_space([&] { return attempt_one(length); });
    if (!space) return;
    die_here(Death::in_claim);
    write(n(), space->bytes());
    fork_if_due(&*space);
    hold();
    commit(*space, 1, length);
    fork_if_due(nullptr);
  }

  void write_batch() {
    if constexpr (is_queue) {
      std::array<std::size_t, kMostInBatch> lengths{};
      const std::span<const std::size_t> batch = std::span(lengths).first(plan_batch(lengths));
      auto space = claim_space(
          [&] { return attempt_of(batch.size(), [&] { return end_.try_claim_batch(batch, number_, if_full()); }); });
      if (!space) return;
      die_here(Death::in_claim);
      std::uint64_t n = this->n();
      std::uint64_t bytes = 0;
      for (const std::span<std::byte> record : *space) {
        if (record.size() != payloads_.length(n)) fail("a batch's record has another length than was asked for");
        write(n++, record);
        bytes += record.size();
      }
      hold();
      commit(*space, batch.size(), bytes);
    }
  }

  // As many of the next records as fit in half the ring; at least one.
  std::size_t plan_batch(std::array<std::size_t, kMostInBatch>& lengths) {
    const std::size_t wanted = 1 + random_.below(lengths.size());
    const std::uint64_t most = end_.max_payload() + header_bytes_;
    std::uint64_t need = 0;
    std::size_t count = 0;
    for (; count < wanted; ++count) {
      lengths[count] = payloads_.length(n() + count);
      need += record::align_up(lengths[count] + header_bytes_);
      if (need > most) break;
    }
    return std::max<std::size_t>(count, 1);
  }

  void write_and_abort() {
    const std::size_t length = payloads_.length(random_.next());
    auto space = claim_space([&] { return attempt_one(length); });
    if (!space) return;
    std::ranges::fill(space->bytes().first(random_.below(length + 1)), std::byte{0x55});
    hold();
    note(book_.aborting, book_.aborted.load(std::memory_order_relaxed) + 1);
    die_here(Death::before_abort);
    if (random_.below(2) == 0) space->abort();
    space.reset();  // which aborts, if that was not done
    note(book_.aborted, book_.aborting.load(std::memory_order_relaxed));
    note<std::uint64_t>(book_.in_claim, 0);
  }

  // Refused at once, whatever the ring holds, and not counted.
  void ask_the_impossible() {
    const auto refusal = [&](std::size_t length) {
      if constexpr (is_queue) {
        return end_.try_claim(length).error();
      } else {
        return static_cast<ClaimError>(end_.try_send(length).error());
      }
    };
    if (refusal(0) != ClaimError::empty) fail("a record without a byte was not refused as empty");
    if (refusal(end_.max_payload() + 1) != ClaimError::too_large) fail("a record too large was not refused as that");
    end_.notify();
  }

  // A copy of this end in a forked child refuses, ends no claim of its parent, and keeps no slot alive.
  void fork_if_due(WriteClaim* open) {
    if (!first_thread_ || !traits_.forks_at_record || n() < *traits_.forks_at_record || forked_) return;
    if ((open != nullptr) != traits_.forks_in_claim) return;
    forked_ = true;
    if (::fork() != 0) return;
    const auto refusal = [&] {
      if constexpr (is_queue) {
        return end_.try_claim(1).error();
      } else {
        return static_cast<ClaimError>(end_.try_send(1).error());
      }
    };
    (refusal() == ClaimError::disconnected ? page_.forks_refused : page_.forks_accepted).fetch_add(1);
    if (open != nullptr) open->commit();
    nap(random_.below(200'000));  // past its parent's end, often
    std::_Exit(0);
  }

  // The claim of an end that detaches is aborted.
  void leave_claim_open() {
    note<std::uint64_t>(book_.in_claim, 1);
    auto space = attempt_one(payloads_.length(0));
    if (!space) {
      note<std::uint64_t>(book_.in_claim, 0);
      return;
    }
    std::ranges::fill(space->bytes(), std::byte{0x33});
    note(book_.aborting, book_.aborted.load(std::memory_order_relaxed) + 1);
    alignas(WriteClaim) static std::byte never_ended[sizeof(WriteClaim)];
    new (never_ended) WriteClaim(std::move(*space));
    {
      const End gone = std::move(end_);
    }
    note(book_.aborted, book_.aborting.load(std::memory_order_relaxed));
    note<std::uint64_t>(book_.in_claim, 0);
  }

  End end_;
  Page& page_;
  Book& book_;
  const Traits& traits_;
  const Payloads payloads_;
  const AuthorNumber number_;
  const bool first_thread_;
  const std::uint32_t header_bytes_;
  test::Random random_;
  std::uint64_t bytes_ = 0;
  bool closed_ = false;
  bool forked_ = false;
};

}  // namespace logbuf::soak
