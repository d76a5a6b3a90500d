// What is measured: one line of the table, or a reference that stands beside it.
#pragma once

#include <cstdint>
#include <string>

#include <logbuf/segment.hpp>

namespace logbuf::bench {

enum class Transport : std::uint32_t {
  queue,       // logbuf's, between processes
  channel,     // logbuf's, between processes, with waking
  in_process,  // reference (1): see baseline.hpp
  bare_copy,   // reference (2): see bare_copy.hpp
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
    case Transport::channel: return "channel";
    case Transport::in_process: return "in-process";
    case Transport::bare_copy: return "bare-copy";
  }
  return "";
}
inline const char* name_of(Kind kind) noexcept {
  return kind == Kind::spsc ? "spsc" : "mpsc";
}

}  // namespace logbuf::bench
