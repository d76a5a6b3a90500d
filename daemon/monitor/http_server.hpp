// HTTP for a few readers, by libmicrohttpd: GET, one answer a connection. One thread serves all and waits for none of
// them; each has bounded space and time, and who is slow keeps nobody but other readers waiting.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "listen_address.hpp"

struct MHD_Connection;
struct MHD_Daemon;

namespace logbuf::archiver {

struct HttpRequest {
  std::string path;                              // /status.json
  std::map<std::string, std::string> arguments;  // of ?since=7
};

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
  const ListenAddress& address() const { return address_; }
  // Serves until then, or until `stop` can be read.
  void serve(Clock::time_point until, int stop);

 private:
  friend struct HttpCallback;
  struct Client {
    int socket = -1;
    Clock::time_point since{};
  };
  // Those who are served in time have gone long before: whoever dribbles bytes is let go.
  void drop_old();
  HttpResponse answer(MHD_Connection& connection, const std::string& method, const std::string& path) const;

  const Handler handler_;
  ListenAddress address_;
  const bool host_checked_;
  MHD_Daemon* daemon_ = nullptr;
  int events_ = -1;  // readable where there is something to do
  std::map<MHD_Connection*, Client> clients_;
};

}  // namespace logbuf::archiver
