#include "stop.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "signal_fd.hpp"

namespace logbuf::write {
namespace {

// `timeout`: nullptr is none.
template <std::size_t N>
void poll_all(std::array<pollfd, N>& fds, const timespec* timeout) {
  while (ppoll(fds.data(), N, timeout, nullptr) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "ppoll");
  }
}

}  // namespace

// The signal stays pending: once requested, always requested.
StopSignals::StopSignals() : fd_(cli::open_signals({SIGINT, SIGTERM})) {}

StopSignals::~StopSignals() {
  close(fd_);
}

bool StopSignals::wait_readable(int fd) {
  std::array<pollfd, 2> fds{{{.fd = fd_, .events = POLLIN, .revents = 0},  //
                             {.fd = fd, .events = POLLIN, .revents = 0}}};
  poll_all(fds, nullptr);
  return fds[0].revents == 0;
}

bool StopSignals::nap(std::chrono::nanoseconds time) {
  std::array<pollfd, 1> fds{{{.fd = fd_, .events = POLLIN, .revents = 0}}};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  poll_all(fds, &timeout);
  return fds[0].revents == 0;
}

}  // namespace logbuf::write
