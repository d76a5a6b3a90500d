#include "service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include "failure.hpp"
#include "text.hpp"

namespace logbuf::archiver {
namespace {

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr) return std::nullopt;
  const std::string_view text = value;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

ServiceManager::ServiceManager() {
  const char* const name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr || *name == '\0') return;
  address_ = name;
  if ((address_[0] != '/' && address_[0] != '@') || address_.size() >= sizeof(sockaddr_un::sun_path)) {
    cli::complain("NOTIFY_SOCKET '" + cli::escape(address_) + "' is no socket that can be told anything");
    return;
  }
  if (address_[0] == '@') address_[0] = '\0';
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    cli::complain("cannot tell the service manager anything: " + std::generic_category().message(errno));
    return;
  }
  const auto watchdog_us = number_in("WATCHDOG_USEC");
  const bool ours =
      std::getenv("WATCHDOG_PID") == nullptr || number_in("WATCHDOG_PID") == static_cast<std::uint64_t>(::getpid());
  constexpr std::uint64_t longest_us = std::uint64_t{1} << 50;  // 35 years: nanoseconds fit
  if (!ours || !watchdog_us || *watchdog_us == 0 || *watchdog_us > longest_us) return;
  constexpr std::chrono::nanoseconds shortest = std::chrono::milliseconds(1);
  watchdog_interval_ = std::max<std::chrono::nanoseconds>(std::chrono::microseconds(*watchdog_us) / 2, shortest);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

bool ServiceManager::tell(const std::string& lines) {
  return send_waiting() && send(lines);
}

void ServiceManager::announce(const std::string& lines) {
  waiting_.push_back(lines);
  send_waiting();
}

bool ServiceManager::send_waiting() {
  while (!waiting_.empty() && send(waiting_.front())) waiting_.pop_front();
  return waiting_.empty();
}

// Never waits: a manager that does not read is no reason to stop. False: it may have room later.
bool ServiceManager::send(const std::string& lines) {
  if (!listens()) return true;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::ranges::copy(address_, to.sun_path);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const auto sent = ::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), length);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (sent < 0 && !std::exchange(complained_, true)) {
    cli::complain("cannot tell the service manager anything: " + std::generic_category().message(errno));
  }
  return true;
}

}  // namespace logbuf::archiver
