// A small HTTP server for a few readers: GET, one answer a connection. One thread serves all, waits for none of them,
// and gives each a bounded time and space; a reader who is slow is dropped, and nobody notices.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "http_request.hpp"
#include "listen_address.hpp"

namespace logbuf::archiver {

struct HttpResponse {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

class HttpServer {
 public:
  using Clock = std::chrono::steady_clock;
  // Answers what was asked with GET; 404 where there is nothing.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens. Throws cli::Stop where it cannot.
  HttpServer(const ListenAddress& address, Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // With the port that it got.
  ListenAddress address() const { return ListenAddress::of(listening_); }
  // Serves until then, or until `stop` can be read.
  void serve(Clock::time_point until, int stop);

 private:
  struct Connection {
    int socket;
    Clock::time_point deadline;
    std::string in{};
    std::string out{};
    std::size_t sent = 0;
    enum class Stage { reading, writing, closing } stage = Stage::reading;
  };
  static constexpr std::size_t kMostConnections = 32;
  static constexpr std::size_t kLongestHead = 8192;

  void accept_all();
  void drop(std::list<Connection>::iterator connection);
  // False: it is over.
  bool advance(Connection& connection);
  bool read(Connection& connection);
  bool write(Connection& connection);
  std::string answer(const std::string& head) const;

  const Handler handler_;
  int listening_ = -1;
  bool host_checked_ = false;
  std::list<Connection> connections_;  // oldest first
};

}  // namespace logbuf::archiver
