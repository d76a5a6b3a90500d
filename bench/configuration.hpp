// What is measured: one line of the table, or a reference that stands beside it.
#pragma once

#include <cstdint>
#include <string>

#include <logbuf/segment.hpp>

namespace logbuf::bench {

enum class Transport : std::uint32_t {
  queue,          // logbuf's, between processes
  batch,          // the same, many records a claim
  channel,        // logbuf's, between processes, with waking
  in_process,     // reference (1): see baseline.hpp
  bare_copy,      // reference (2): see bare_copy.hpp
  message_queue,  // and this too: what people use instead, see peers.hpp
  socket,
  pipe,
};

struct Configuration {
  Transport transport = Transport::queue;
  Kind kind = Kind::spsc;
  std::uint32_t producers = 1;
  std::uint32_t payload_bytes = 0;

  friend bool operator==(const Configuration&, const Configuration&) = default;
};

inline const char* name_of(Transport transport) noexcept {
  switch (transport) {
    case Transport::queue: return "queue";
    case Transport::batch: return "batch";
    case Transport::channel: return "channel";
    case Transport::in_process: return "in-process";
    case Transport::bare_copy: return "bare-copy";
    case Transport::message_queue: return "boost-mq";
    case Transport::socket: return "socket";
    case Transport::pipe: return "pipe";
  }
  return "";
}
// logbuf's own.
inline bool is_ours(Transport transport) noexcept {
  return transport == Transport::queue || transport == Transport::batch || transport == Transport::channel;
}
inline bool is_peer(Transport transport) noexcept {
  return transport == Transport::message_queue || transport == Transport::socket || transport == Transport::pipe;
}
inline const char* name_of(Kind kind) noexcept {
  return kind == Kind::spsc ? "spsc" : "mpsc";
}

}  // namespace logbuf::bench
