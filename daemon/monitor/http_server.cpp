#include "http_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "failure.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;

// For all of a request and its answer: a reader on this machine needs milliseconds.
constexpr auto kPatience = 10s;
// For the other side to close, once it has its answer.
constexpr auto kClosing = 1s;
constexpr int kBacklog = 64;
// What is read at a time from one connection, so that it does not keep the others waiting.
constexpr std::size_t kPiece = 4096;

const char* reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "";
  }
}

std::string text_of(const HttpResponse& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + reason(response.status) + "\r\n";
  const auto header = [&](const std::string& name, const std::string& value) { text += name + ": " + value + "\r\n"; };
  header("Content-Type", response.type);
  header("Content-Length", std::to_string(response.body.size()));
  header("Connection", "close");
  header("Cache-Control", "no-store");
  header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) header(name, value);
  return text + "\r\n" + response.body;
}

// A page of elsewhere can have its own name resolved to this address, and would read us as if we were it.
bool is_our_host(const std::string& host) {
  std::string_view name = host;
  if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos && !name.ends_with(']'))
    name = name.substr(0, colon);
  return name.empty() || name == "localhost" || is_numeric_host(name);
}

}  // namespace

HttpServer::HttpServer(const ListenAddress& address, Handler handler)
    : handler_(std::move(handler)), host_checked_(address.is_loopback()) {
  listening_ = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int yes = 1;
  if (listening_ >= 0) (void)::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (listening_ < 0 || ::bind(listening_, address.get(), address.length()) != 0 ||
      ::listen(listening_, kBacklog) != 0) {
    const std::string why = std::generic_category().message(errno);
    if (listening_ >= 0) ::close(listening_);
    cli::die("--metrics: cannot listen at " + address.text() + ": " + why, cli::ExitCode::usage);
  }
}

HttpServer::~HttpServer() {
  for (const Connection& connection : connections_) ::close(connection.socket);
  ::close(listening_);
}

void HttpServer::serve(Clock::time_point until, int stop) {
  std::vector<pollfd> fds;
  bool accepting = true;
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    std::erase_if(connections_, [&](const Connection& connection) {
      if (connection.deadline > now) return false;
      ::close(connection.socket);
      return true;
    });
    fds.assign({{.fd = stop, .events = POLLIN, .revents = 0},
                {.fd = accepting ? listening_ : -1, .events = POLLIN, .revents = 0}});
    auto wake = until;
    for (const Connection& connection : connections_) {
      const bool writes = connection.stage == Connection::Stage::writing;
      fds.push_back({.fd = connection.socket, .events = static_cast<short>(writes ? POLLOUT : POLLIN), .revents = 0});
      wake = std::min(wake, connection.deadline);
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - now);
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 1000))) < 0) return;
    if (fds[0].revents != 0) return;
    std::size_t at = 2;
    for (auto connection = connections_.begin(); connection != connections_.end(); ++at) {
      const auto next = std::next(connection);
      if (fds[at].revents != 0 && !advance(*connection)) drop(connection);
      connection = next;
    }
    if (fds[1].revents == 0) continue;
    accept_all();
    // Without a descriptor to be had there would be no end of trying.
    accepting = errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
  }
}

void HttpServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    connections_.push_back({.socket = socket, .deadline = Clock::now() + kPatience});
    if (connections_.size() > kMostConnections) drop(connections_.begin());
  }
}

void HttpServer::drop(std::list<Connection>::iterator connection) {
  ::close(connection->socket);
  connections_.erase(connection);
}

bool HttpServer::advance(Connection& connection) {
  switch (connection.stage) {
    case Connection::Stage::reading: return read(connection);
    case Connection::Stage::writing: return write(connection);
    case Connection::Stage::closing: break;
  }
  // What it sends beside is taken: closing before would make the kernel take back the answer, too.
  std::array<char, kPiece> bytes{};
  const ssize_t got = ::recv(connection.socket, bytes.data(), bytes.size(), 0);
  return got > 0 || (got < 0 && errno == EAGAIN);
}

bool HttpServer::read(Connection& connection) {
  std::array<char, kPiece> bytes{};
  const ssize_t got = ::recv(connection.socket, bytes.data(), bytes.size(), 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  connection.in.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t end = connection.in.find("\r\n\r\n");
  if (end != std::string::npos && end + 4 <= kLongestHead) {
    connection.out = answer(connection.in.substr(0, end + 4));
  } else if (connection.in.size() >= kLongestHead) {
    connection.out = text_of({.status = 431, .body = "too long\n"});
  } else {
    return true;
  }
  connection.in.clear();
  connection.stage = Connection::Stage::writing;
  return write(connection);
}

bool HttpServer::write(Connection& connection) {
  const std::size_t left = connection.out.size() - connection.sent;
  const ssize_t wrote =
      ::send(connection.socket, connection.out.data() + connection.sent, left, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (wrote < 0) return errno == EAGAIN;
  connection.sent += static_cast<std::size_t>(wrote);
  if (connection.sent < connection.out.size()) return true;
  connection.out.clear();
  (void)::shutdown(connection.socket, SHUT_WR);
  connection.stage = Connection::Stage::closing;
  connection.deadline = Clock::now() + kClosing;
  return true;
}

std::string HttpServer::answer(const std::string& head) const {
  const auto request = parse_request(head);
  if (!request) return text_of({.status = 400, .body = "not a request\n"});
  if (host_checked_ && !is_our_host(request->host))
    return text_of({.status = 421, .body = "ask by address, or as localhost\n"});
  if (request->method != "GET") return text_of({.status = 405, .body = "GET only\n", .headers = {{"Allow", "GET"}}});
  return text_of(handler_(*request));
}

}  // namespace logbuf::archiver
