// Where to listen, as --metrics says it.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace logbuf::archiver {

// A numeric address: no name has to be resolved.
class ListenAddress {
 public:
  // 127.0.0.1:9464, [::1]:9464; 9464 and :9464 and localhost:9464 are on 127.0.0.1. Port 0: any that is free. The error
  // is a sentence.
  static std::expected<ListenAddress, std::string> parse(std::string_view text);
  // Of a socket that has one.
  static ListenAddress of(int socket);

  // 127.0.0.1:9464, [::1]:9464
  std::string text() const;
  bool is_loopback() const;
  int family() const { return v6_.sin6_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&v6_); }
  socklen_t length() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  friend bool operator==(const ListenAddress& a, const ListenAddress& b) { return a.text() == b.text(); }

 private:
  union {
    sockaddr_in6 v6_{};
    sockaddr_in v4_;
  };
};

// Is it an address of IPv4, or of IPv6 in brackets?
bool is_numeric_host(std::string_view host);

}  // namespace logbuf::archiver
