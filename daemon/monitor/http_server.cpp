#include "http_server.hpp"

#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <exception>
#include <new>
#include <system_error>

#include "failure.hpp"

namespace logbuf::archiver {
namespace {

constexpr int kBacklog = 64;
constexpr unsigned kMostConnections = 32;
// Without a byte either way: a reader on this machine needs milliseconds.
constexpr unsigned kPatience_s = 5;
// For all of a request and its answer.
constexpr auto kLongest = std::chrono::seconds(10);
// For the head of a request.
constexpr std::size_t kMemory = 16 * 1024;

// A page of elsewhere can have its own name resolved to this address, and would read us as if we were it.
bool is_our_host(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const std::size_t colon = name.rfind(':'); colon != std::string::npos && !name.ends_with(']')) name.resize(colon);
  if (name.ends_with('.')) name.pop_back();
  return name.empty() || name == "localhost" || is_numeric_host(name);
}

[[noreturn]] void cannot_listen(const ListenAddress& address) {
  const std::string why = std::generic_category().message(errno);
  cli::die("--metrics: cannot listen at " + address.text() + ": " + why);
}

int listen_at(const ListenAddress& address) {
  const int socket = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) cannot_listen(address);
  const int yes = 1;
  (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket, address.get(), address.length()) == 0 && ::listen(socket, kBacklog) == 0) return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  cannot_listen(address);
}

MHD_Result add_argument(void* arguments, MHD_ValueKind, const char* key, const char* value) {
  auto& all = *static_cast<std::map<std::string, std::string>*>(arguments);
  all.emplace(key, value == nullptr ? "" : value);
  return MHD_YES;
}

MHD_Result send(MHD_Connection* connection, const HttpResponse& response) {
  // MHD copies the body, and does not change it.
  MHD_Response* const sent = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (sent == nullptr) return MHD_NO;
  const auto header = [&](const char* name, const std::string& value) {
    (void)MHD_add_response_header(sent, name, value.c_str());
  };
  header(MHD_HTTP_HEADER_CONTENT_TYPE, response.type);
  header(MHD_HTTP_HEADER_CONNECTION, "close");
  header(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  header("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) header(name.c_str(), value);
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), sent);
  MHD_destroy_response(sent);
  return queued;
}

}  // namespace

struct HttpCallback {
  static void on_connection(void* server, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode what) noexcept {
    auto& clients = static_cast<HttpServer*>(server)->clients_;
    clients.erase(connection);
    if (what != MHD_CONNECTION_NOTIFY_STARTED) return;
    const int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    try {
      clients[connection] = {.socket = socket, .since = HttpServer::Clock::now()};
    } catch (const std::bad_alloc&) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  // An answer needs no more of a request than its head: what else it sends is not waited for.
  static MHD_Result on_head(void* server, MHD_Connection* connection, const char* url, const char* method, const char*,
                            const char*, std::size_t*, void**) noexcept {
    try {
      return send(connection, static_cast<const HttpServer*>(server)->answer(*connection, method, url));
    } catch (const std::exception&) {  // no memory: this reader gets nothing
      return MHD_NO;
    }
  }
};

HttpServer::HttpServer(const ListenAddress& address, Handler handler)
    : handler_(std::move(handler)), address_(address), host_checked_(address.is_loopback()) {
  const int socket = listen_at(address);
  address_ = ListenAddress::of(socket);
  daemon_ = MHD_start_daemon(MHD_USE_EPOLL, 0, nullptr, nullptr, &HttpCallback::on_head, this,  //
                             MHD_OPTION_LISTEN_SOCKET, socket,                                  //
                             MHD_OPTION_CONNECTION_LIMIT, kMostConnections,                     //
                             MHD_OPTION_CONNECTION_TIMEOUT, kPatience_s,                        //
                             MHD_OPTION_NOTIFY_CONNECTION, &HttpCallback::on_connection, this,  //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemory,                       //
                             MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (daemon_ == nullptr) cli::die("--metrics: no HTTP server at " + address_.text());
  events_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

HttpServer::~HttpServer() {
  MHD_stop_daemon(daemon_);  // closes the socket, too
}

void HttpServer::serve(Clock::time_point until, int stop) {
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    if (MHD_get_timeout(daemon_, &timeout_ms) == MHD_YES)
      wait_ms = static_cast<long>(std::min<MHD_UNSIGNED_LONG_LONG>(timeout_ms, static_cast<unsigned long>(wait_ms)));
    pollfd fds[] = {{.fd = stop, .events = POLLIN, .revents = 0}, {.fd = events_, .events = POLLIN, .revents = 0}};
    if (::poll(fds, 2, static_cast<int>(wait_ms)) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) return;
    (void)MHD_run(daemon_);
    drop_old();
  }
}

void HttpServer::drop_old() {
  const auto now = Clock::now();
  for (auto& [connection, client] : clients_) {
    if (client.socket < 0 || now - client.since < kLongest) continue;
    ::shutdown(client.socket, SHUT_RDWR);
    client.socket = -1;
  }
}

HttpResponse HttpServer::answer(MHD_Connection& connection, const std::string& method, const std::string& path) const {
  const char* const host = MHD_lookup_connection_value(&connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
  if (host_checked_ && host != nullptr && !is_our_host(host))
    return {.status = MHD_HTTP_MISDIRECTED_REQUEST, .body = "ask by address, or as localhost\n"};
  // Of what answers HEAD libmicrohttpd sends no body.
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD)
    return {.status = MHD_HTTP_METHOD_NOT_ALLOWED, .body = "GET only\n", .headers = {{"Allow", "GET, HEAD"}}};
  HttpRequest request{.path = path, .arguments = {}};
  (void)MHD_get_connection_values(&connection, MHD_GET_ARGUMENT_KIND, add_argument, &request.arguments);
  return handler_(request);
}

}  // namespace logbuf::archiver
