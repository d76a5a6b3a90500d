#include "monitored.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>

namespace test {

Connection::Connection(int port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd_ >= 0);
  const timeval patience{.tv_sec = 120, .tv_usec = 0};
  REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

Connection::~Connection() {
  ::close(fd_);
}

void Connection::send(const std::string& bytes) const {
  // It may have been closed: then the answer shows it.
  (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string Connection::rest() const {
  std::string all;
  std::array<char, 65536> chunk{};
  for (ssize_t n = 0; (n = ::recv(fd_, chunk.data(), chunk.size(), 0)) > 0;) {
    all.append(chunk.data(), static_cast<std::size_t>(n));
  }
  return all;
}

Answer answer_of(const std::string& text) {
  Answer answer;
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || end == std::string::npos) return answer;
  std::from_chars(text.data() + 9, text.data() + text.size(), answer.status);
  answer.head = text.substr(0, end + 2);
  answer.body = text.substr(end + 4);
  return answer;
}

int port_of(Program& daemon) {
  const std::string about = "metrics at http://";
  wait_until("the archiver says where its metrics are",
             [&] { return daemon.has_said("/metrics,") || !daemon.running(); });
  const std::string said = daemon.said();
  const std::size_t at = said.find(about);
  REQUIRE_MESSAGE(at != std::string::npos, said);
  const std::size_t colon = said.rfind(':', said.find("/metrics", at));
  return std::stoi(said.substr(colon + 1));
}

Answer ask(int port, const std::string& request) {
  const Connection connection(port);
  connection.send(request);
  return answer_of(connection.rest());
}

Answer get(int port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

Monitored::Monitored(Lines arguments, const std::function<void()>& prepare)
    : daemon([&] {
        arguments.insert(arguments.begin(), {"--dir", archives.path().string(), "--metrics", "0"});
        return archiver(arguments, prepare);
      }()),
      port(port_of(daemon)) {}

std::string Monitored::value_of(const std::string& series) const {
  const std::string text = "\n" + metrics();
  const std::size_t at = text.find("\n" + series + " ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + series.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

void Monitored::wait_for(const std::string& series, const std::string& value) const {
  wait_until(series + " is " + value, [&] { return value_of(series) == value; });
}

void Monitored::end(int code) {
  daemon.signal(SIGTERM);
  CHECK_MESSAGE(daemon.wait() == code, daemon.said());
}

}  // namespace test
