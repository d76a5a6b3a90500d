#include "platform/file_lock.hpp"

#include <fcntl.h>

#include <atomic>

#include "platform/failure.hpp"

namespace logbuf {
namespace {

struct flock bytes(short type, std::uint64_t first, std::uint64_t count) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(first);
  lock.l_len = static_cast<off_t>(count);
  return lock;
}

// acquire: what is loaded from here on is not older than the kernel's answer. Where nothing is locked at all it answers
// without taking a lock of its own, and a processor that loads ahead would otherwise be free to.
void after_the_kernel() noexcept {
  std::atomic_thread_fence(std::memory_order_acquire);
}

}  // namespace

std::expected<bool, std::error_code> try_lock_byte(int fd, std::uint64_t byte) {
  return try_lock_bytes(fd, byte, 1);
}

std::expected<bool, std::error_code> try_lock_bytes(int fd, std::uint64_t first, std::uint64_t count) {
  auto lock = bytes(F_WRLCK, first, count);
  const bool locked = ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
  after_the_kernel();
  if (locked) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return system_failure("cannot lock a file");
}

void unlock_byte(int fd, std::uint64_t byte) noexcept {
  auto lock = bytes(F_UNLCK, byte, 1);
  // release: pairs with after_the_kernel() of whoever finds it unlocked.
  std::atomic_thread_fence(std::memory_order_release);
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool byte_locked_by_other(int fd, std::uint64_t byte) noexcept {
  auto lock = bytes(F_WRLCK, byte, 1);
  const bool answered = ::fcntl(fd, F_OFD_GETLK, &lock) == 0;
  after_the_kernel();
  if (!answered) return true;
  return lock.l_type != F_UNLCK;
}

}  // namespace logbuf
