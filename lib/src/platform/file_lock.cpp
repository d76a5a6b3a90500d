#include "platform/file_lock.hpp"

#include <fcntl.h>

#include "platform/failure.hpp"

namespace logbuf {
namespace {

struct flock one_byte(short type, std::uint64_t byte) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

}  // namespace

std::expected<bool, std::error_code> try_lock_byte(int fd, std::uint64_t byte) {
  auto lock = one_byte(F_WRLCK, byte);
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return system_failure("cannot lock a file");
}

void unlock_byte(int fd, std::uint64_t byte) noexcept {
  auto lock = one_byte(F_UNLCK, byte);
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

bool byte_locked_by_other(int fd, std::uint64_t byte) noexcept {
  auto lock = one_byte(F_WRLCK, byte);
  if (::fcntl(fd, F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

}  // namespace logbuf
