// Who is alive: a byte of a file, locked by an open file description. The kernel drops the lock when the last
// descriptor of that description is closed, and so at the latest when the process dies, however it dies.
// Open-file-description locks, not classic POSIX ones: those vanish when *any* descriptor of the file is
// closed. Locks work across pid namespaces and between threads. None of these calls waits.
#pragma once

#include <cstdint>
#include <expected>
#include <system_error>

namespace logbuf {

// True: we have it now. False: another open file description has it. The descriptor must be writable.
std::expected<bool, std::error_code> try_lock_byte(int fd, std::uint64_t byte);
// The same for several bytes, in one step: all of them or none.
std::expected<bool, std::error_code> try_lock_bytes(int fd, std::uint64_t first, std::uint64_t count);
void unlock_byte(int fd, std::uint64_t byte) noexcept;
// Does another open file description hold the byte? A question that cannot be answered counts as yes: nobody
// is taken for dead by mistake.
bool byte_locked_by_other(int fd, std::uint64_t byte) noexcept;

}  // namespace logbuf
