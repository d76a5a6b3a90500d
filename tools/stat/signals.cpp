#include "signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "signal_fd.hpp"

namespace logbuf::stat {

Signals::Signals() : fd_(cli::open_signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH})) {}

Signals::~Signals() {
  close(fd_);
}

Signals::Woken Signals::wait_until(std::chrono::steady_clock::time_point time, int fd) {
  constexpr auto longest = std::chrono::hours(1);
  for (;;) {
    if (stop_) return Woken::stop;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now());
    const auto most = std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), longest);
    std::array<pollfd, 2> fds{
        {{.fd = fd_, .events = POLLIN, .revents = 0}, {.fd = fd, .events = POLLIN, .revents = 0}}};
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(most.count()));
    // Also after a stop by the terminal (Ctrl-Z), whose end is no signal that is waited for.
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) throw std::system_error(errno, std::system_category(), "poll");
    if (fds[0].revents != 0) {
      signalfd_siginfo signal{};
      if (read(fd_, &signal, sizeof signal) != sizeof signal) continue;
      if (signal.ssi_signo == SIGWINCH) return Woken::resized;
      stop_ = true;
      continue;
    }
    if ((fds[1].revents & POLLIN) != 0) return Woken::readable;
    if (fds[1].revents != 0) return Woken::hung_up;
    if (std::chrono::steady_clock::now() >= time) return Woken::time;
  }
}

}  // namespace logbuf::stat
