// Messages of a WebSocket, each a record: from the socket into the ring, from the ring to the disk.
//
// A message's length stands in its frame's header. When that has come, space for the message is claimed in the ring, and
// the rest of it is received there: no buffer between, no copy. (Beast has a buffer of 1.5 KB, and copies out of it what
// came together with the header.) The type of a record is the message's opcode: 1 is text, 2 is binary.
//
// By hand, from any feed that speaks plain ws:// (wss:// takes Boost.Asio's ssl::stream in the socket's place):
//   logbuf-ctl create feed --capacity 16M --timestamps
//   logbuf-archiver --ring feed --dir archive &
//   websocket_frames feed 127.0.0.1 8080 /stream
//   logbuf-cat -f archive/feed          # in another terminal
//
// Exit codes: 0 the server has closed, and all is recorded; 3 it has closed, and what could not be recorded has been
// named; 1 the connection or the ring broke.
//
// For your own use: send what your feed wants to be told (a subscription) behind the handshake, and connect again when it
// ends. Leave the ring to one feed: a claim that waits for a slow server holds up whatever comes behind it.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/websocket.hpp>

#include <logbuf/logbuf.hpp>

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using Socket = websocket::stream<asio::ip::tcp::socket, false>;  // false: nothing compressed is asked for
using Sender = logbuf::channel::mpsc::Sender;  // spsc: after a crash the next one waits for the archiver
using Error = boost::system::error_code;

class Recorder {
 public:
  Recorder(Socket& socket, Sender ring) : socket_(socket), ring_(std::move(ring)) {}

  // Waits for the next message, and records it. False: that was the end; error() says of what, and nothing: of the ring.
  bool record_one() {
    // The first byte, for the header that comes before it: then the length is known.
    std::byte first{};
    if (receive({&first, 1}) == 0) {
      if (!error_) leave_out(0, "a record has at least one byte");
      return !error_;
    }
    const std::uint16_t type = socket_.got_text() ? 1 : 2;
    const std::size_t length = 1 + (socket_.is_message_done() ? 0 : socket_.read_size_hint());
    if (length > ring_.max_payload()) return record_pieces({first}, type);
    auto claim = claim_space(length, type);
    if (!claim) return false;
    claim->bytes()[0] = first;
    const std::size_t received = 1 + (length > 1 ? receive(claim->bytes().subspan(1)) : 0);
    // Broken off; or in fragments, and then the length was that of one of them.
    if (!socket_.is_message_done() || received < length) {
      std::vector<std::byte> pieces(claim->bytes().begin(), claim->bytes().begin() + static_cast<std::ptrdiff_t>(received));
      claim->abort();  // there is no half a record
      return record_pieces(std::move(pieces), type);
    }
    claim->commit();
    return true;
  }

  const Error& error() const { return error_; }
  bool all() const { return all_; }

 private:
  // Of the message at hand, until it ends or `to` is full.
  std::size_t receive(std::span<std::byte> to) {
    std::size_t received = 0;
    do received += socket_.read_some(asio::buffer(to.data() + received, to.size() - received), error_);
    while (!error_ && !socket_.is_message_done() && received < to.size());
    return received;
  }

  // Collects the rest of a message whose length nobody has said, and copies it.
  bool record_pieces(std::vector<std::byte> pieces, std::uint16_t type) {
    std::size_t length = pieces.size();
    while (!error_ && !socket_.is_message_done()) {
      std::byte piece[16384];
      const std::size_t received = receive(piece);
      length += received;
      if (length <= ring_.max_payload()) pieces.insert(pieces.end(), piece, piece + received);
    }
    if (error_) return false;
    if (length > ring_.max_payload()) return leave_out(length, "the ring has no room for so long a record"), true;
    auto claim = claim_space(length, type);
    if (!claim) return false;
    std::memcpy(claim->bytes().data(), pieces.data(), length);
    claim->commit();
    return true;
  }

  // At a full ring it waits, and lets the server wait; also for an archiver that is just being started again.
  std::optional<logbuf::WriteClaim> claim_space(std::size_t length, std::uint16_t type) {
    while (!ring_.is_closed()) {
      if (auto claim = ring_.send(length, type)) return std::move(*claim);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::nullopt;
  }

  void leave_out(std::size_t bytes, const char* why) {
    std::fprintf(stderr, "websocket_frames: a message of %zu bytes is not recorded: %s\n", bytes, why);
    all_ = false;
  }

  Socket& socket_;
  Sender ring_;
  Error error_;
  bool all_ = true;
};

int fail(const std::string& why) { return std::fprintf(stderr, "websocket_frames: %s\n", why.c_str()), 1; }

int main(int argc, char** argv) try {
  if (argc != 5) return std::fprintf(stderr, "usage: websocket_frames RING HOST PORT PATH\n"), 2;
  auto ring = Sender::attach(argv[1], {.name = argv[2]});
  if (!ring) return fail(logbuf::error_detail());
  asio::io_context io;
  Socket socket(io);
  asio::connect(socket.next_layer(), asio::ip::tcp::resolver(io).resolve(argv[2], argv[3]));
  socket.handshake(argv[2], argv[4]);
  socket.read_message_max(0);  // the ring has its own limit, and goes on behind it
  Recorder recorder(socket, std::move(*ring));
  while (recorder.record_one()) continue;
  if (!recorder.error()) return fail("the ring is closed");
  if (recorder.error() != websocket::error::closed) return fail(recorder.error().message());
  return recorder.all() ? 0 : 3;
} catch (const boost::system::system_error& error) {
  return fail(error.what());
}
