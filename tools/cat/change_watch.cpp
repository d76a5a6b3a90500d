#include "change_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>

namespace logbuf::cat {

ChangeWatch::ChangeWatch(const std::filesystem::path& target) : fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  // poll() passes over a negative descriptor and a watch that could not be set: then it only sleeps.
  if (fd_ >= 0) inotify_add_watch(fd_, target.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF);
}

ChangeWatch::~ChangeWatch() {
  if (fd_ >= 0) close(fd_);
}

void ChangeWatch::wait(std::chrono::nanoseconds timeout) {
  pollfd changed{.fd = fd_, .events = POLLIN, .revents = 0};
  const auto timeout_ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  if (poll(&changed, 1, static_cast<int>(timeout_ms)) <= 0) return;
  char events[4096];
  while (read(fd_, events, sizeof events) > 0) {
  }
}

}  // namespace logbuf::cat
