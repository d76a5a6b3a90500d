#include "listen_address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <charconv>

#include "text.hpp"

namespace logbuf::archiver {

std::expected<ListenAddress, std::string> ListenAddress::parse(std::string_view text) {
  const std::string wrong =
      "'" + cli::escape(text) +
      "' is no address to listen at: give PORT, or ADDRESS:PORT with an address in numbers, as in "
      "9464, 127.0.0.1:9464 or [::1]:9464";
  const std::size_t colon = text.rfind(':');
  std::string host(colon == std::string_view::npos ? "" : text.substr(0, colon));
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  const std::string_view port_text = text.substr(colon == std::string_view::npos ? 0 : colon + 1);
  std::uint16_t port = 0;
  const char* const end = port_text.data() + port_text.size();
  const auto [stopped, error] = std::from_chars(port_text.data(), end, port);
  if (port_text.empty() || error != std::errc() || stopped != end) return std::unexpected(wrong);
  ListenAddress address;
  if (host.starts_with('[') && host.ends_with(']')) {
    address.v6_.sin6_family = AF_INET6;
    address.v6_.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address.v6_.sin6_addr) == 1) return address;
  } else {
    address.v4_.sin_family = AF_INET;
    address.v4_.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &address.v4_.sin_addr) == 1) return address;
  }
  return std::unexpected(wrong);
}

ListenAddress ListenAddress::of(int socket) {
  ListenAddress address;
  socklen_t length = sizeof address.v6_;
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address.v6_), &length);
  return address;
}

std::string ListenAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &v6_.sin6_addr, host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6_.sin6_port));
  }
  ::inet_ntop(AF_INET, &v4_.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(ntohs(v4_.sin_port));
}

bool ListenAddress::is_loopback() const {
  if (family() == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&v6_.sin6_addr);
  return ntohl(v4_.sin_addr.s_addr) >> 24 == 127;
}

bool is_numeric_host(std::string_view host) {
  in6_addr address{};
  if (host.starts_with('[') && host.ends_with(']'))
    return ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) == 1;
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

}  // namespace logbuf::archiver
