// What producers note of themselves, in memory that outlives them: whoever is killed between two notes leaves behind
// what is certain and what was in flight.
//
// A file in memory without a name, a page for each producer process; a process maps its own page and no other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace logbuf::soak {

inline constexpr std::uint32_t kMaxThreads = 3;   // of a producer process
inline constexpr std::uint32_t kAuthorsEach = 4;  // numbers of authors that a process has; a power of two
inline constexpr std::uint32_t kMaxProducers =
    0x10000 / kAuthorsEach;  // of an epoch: an author's number is a record type

// Who writes: one thread of one process, through one slot. Its records bear its number as their type.
using AuthorNumber = std::uint16_t;

constexpr AuthorNumber author_number(std::uint32_t producer, std::uint32_t thread) noexcept {
  return static_cast<AuthorNumber>(producer * kAuthorsEach + thread);
}

// Written by one author, read when it is dead. What it will do is noted before, what it has done behind it.
struct alignas(128) Book {
  std::atomic<std::uint64_t> slot_and_1;  // 0: it never had a slot
  std::atomic<std::uint64_t> committed;   // records 0 to committed - 1 are in the ring, or were
  std::atomic<std::uint64_t> committing;  // those up to here may be, but only all of them together
  std::atomic<std::uint64_t> refused;     // records, dropped at a full ring
  std::atomic<std::uint64_t> trying;      // so many more may have been
  std::atomic<std::uint64_t> aborted;     // claims
  std::atomic<std::uint64_t> aborting;    // up to here may have been
  std::atomic<std::uint64_t> in_claim;    // 1: between the call that claims and the end of the claim
};

struct Page {
  std::atomic<std::uint32_t> stop;            // the driver's word: come to an end
  std::atomic<std::uint32_t> kills_itself;    // 1: the SIGKILL that follows is its own
  std::atomic<std::uint32_t> forks_refused;   // copies in forked children that refused, as they must
  std::atomic<std::uint32_t> forks_accepted;  // that did not
  std::array<Book, kMaxThreads> books;
};

inline constexpr std::size_t kPageBytes = 4096;
static_assert(sizeof(Page) <= kPageBytes && std::atomic<std::uint64_t>::is_always_lock_free);

// Stands where it stands in the program, for the compiler too: a process is killed between two of its instructions, and
// what it has stored by then is seen.
template <typename T>
void note(std::atomic<T>& word, T value) noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  word.store(value, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The driver's view: all pages.
class Ledger {
 public:
  Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  int descriptor() const noexcept { return descriptor_; }
  Page& page(std::uint32_t producer) const noexcept;
  const Book& book(AuthorNumber author) const noexcept {
    return page(author / kAuthorsEach).books[author % kAuthorsEach];
  }

 private:
  int descriptor_;
  std::byte* data_;
};

// A producer's view: its page, for as long as the process lives. Null: it cannot be mapped.
Page* map_page(int descriptor, std::uint32_t producer) noexcept;

}  // namespace logbuf::soak
