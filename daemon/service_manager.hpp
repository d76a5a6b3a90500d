// The service manager, as sd_notify(3) describes it: datagrams to a socket that it names in the environment. Written
// here rather than taken from libsystemd, so that every build does the same, with a daemon that links no more for it.
#pragma once

#include <chrono>
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
  // "READY=1", "STATUS=...": a line each.
  void tell(const std::string& lines);

 private:
  int socket_ = -1;
  std::string address_;  // a path, or with a NUL in front an abstract name
  std::optional<std::chrono::nanoseconds> watchdog_interval_;
  bool complained_ = false;
};

}  // namespace logbuf::archiver
