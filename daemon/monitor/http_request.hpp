// One request's head, as Boost.Beast reads it. Only http_request.cpp includes that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace logbuf::archiver {

struct HttpRequest {
  std::string method;  // GET
  std::string path;    // /status.json
  std::string query;   // since=7; empty: there is none
  std::string host;    // as the header has it; empty: there is none
};

// `head` ends with the empty line. Empty: it is no request.
std::optional<HttpRequest> parse_request(std::string_view head);

}  // namespace logbuf::archiver
