#include "websocket_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>

namespace test {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using Socket = websocket::stream<asio::ip::tcp::socket, false>;

void say(Socket& socket, const std::vector<Step>& steps) {
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    const auto whole = std::find_if(
        step, steps.end(), [](const Step& later) { return later.kind == Step::text || later.kind == Step::binary; });
    const auto bytes = asio::buffer(step->bytes);
    switch (step->kind) {
      case Step::text:
      case Step::binary:
      case Step::piece:
        socket.binary(whole == steps.end() || whole->kind == Step::binary);
        socket.write_some(step->kind != Step::piece, bytes);
        break;
      case Step::ping: socket.ping({}); break;
      case Step::raw: asio::write(socket.next_layer(), bytes); break;
      case Step::vanish: return;
      case Step::stay: {
        char end;
        (void)socket.next_layer().read_some(asio::buffer(&end, 1));
        return;
      }
    }
  }
  socket.close(websocket::close_code::normal);
}

}  // namespace

WebsocketServer::WebsocketServer(std::vector<Step> steps) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(listening_ >= 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listening_, 1) == 0);
  REQUIRE(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this, steps = std::move(steps)] { serve(steps); });
}

WebsocketServer::~WebsocketServer() {
  ::shutdown(listening_, SHUT_RDWR);
  if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
  thread_.join();
  ::close(listening_);
}

// The client sees what goes wrong here: the connection ends.
void WebsocketServer::serve(const std::vector<Step>& steps) {
  const int accepted = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) return;
  const int watched = ::dup(accepted);  // stays this connection's when the stream has closed its own
  connection_ = watched;
  try {
    asio::io_context io;
    Socket socket(asio::ip::tcp::socket(io, asio::ip::tcp::v4(), accepted));
    socket.auto_fragment(false);
    socket.accept();
    say(socket, steps);
  } catch (const boost::system::system_error&) {
  }
  connection_ = -1;
  ::shutdown(watched, SHUT_RDWR);
  ::close(watched);
}

}  // namespace test
