// The service manager, as sd_notify(3) describes it: datagrams to a socket that it names in the environment. Written
// here rather than taken from libsystemd, so that every build does the same, with a daemon that links no more for it.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

namespace logbuf::archiver {

class ServiceManager {
 public:
  // By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without the first nothing here does anything.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  bool listens() const noexcept { return socket_ >= 0; }
  // How often it wants to hear WATCHDOG=1: twice in the time after which it ends a service that says nothing.
  std::optional<std::chrono::nanoseconds> watchdog_interval() const noexcept { return watchdog_interval_; }
  // "STATUS=...", "WATCHDOG=1": a line each. False: the manager has no room for more, and does not hear of it.
  bool tell(const std::string& lines);
  // "READY=1" and what else must arrive, in order: where there is no room it waits here.
  void announce(const std::string& lines);
  // To be called again, soon, while it is false.
  bool send_waiting();

 private:
  bool send(const std::string& lines);

  int socket_ = -1;
  std::string address_;  // a path, or with a NUL in front an abstract name
  std::optional<std::chrono::nanoseconds> watchdog_interval_;
  std::deque<std::string> waiting_;  // announcements
  bool complained_ = false;
};

}  // namespace logbuf::archiver
