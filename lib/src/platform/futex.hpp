// A futex that works between processes. std::atomic::wait uses private ones, which never wake another
// process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace logbuf {

// Sleeps while `word` is `expected`, at most `timeout`. Wakes early for no reason, too: look again. Any
// thread. Read-only mappings will do.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::chrono::nanoseconds timeout) noexcept;
// Wakes all who wait on the word.
void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;

}  // namespace logbuf
