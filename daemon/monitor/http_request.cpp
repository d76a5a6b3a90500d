#include "http_request.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace logbuf::archiver {

std::optional<HttpRequest> parse_request(std::string_view head) {
  namespace http = boost::beast::http;
  http::request_parser<http::empty_body> parser;
  boost::system::error_code error;
  (void)parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  // What follows the head is not read: it need not be acceptable.
  if (!parser.is_header_done()) return std::nullopt;
  const auto text = [](const auto& view) { return std::string(view.data(), view.size()); };
  HttpRequest request{.method = text(parser.get().method_string()),
                      .path = text(parser.get().target()),
                      .query = {},
                      .host = text(parser.get()[http::field::host])};
  if (const std::size_t mark = request.path.find('?'); mark != std::string::npos) {
    request.query = request.path.substr(mark + 1);
    request.path.resize(mark);
  }
  return request;
}

}  // namespace logbuf::archiver
