// An archiver with --metrics, and a reader of what it shows.
#pragma once

#include <string>

#include "archiver.hpp"

namespace test {

// A connection to a port of this machine.
class Connection {
 public:
  explicit Connection(int port);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();
  void send(const std::string& bytes) const;
  // All that comes up to its end.
  std::string rest() const;

 private:
  int fd_ = -1;
};

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
};
Answer answer_of(const std::string& text);

// The port in "metrics at http://127.0.0.1:PORT/metrics, ...", once the archiver has said that.
int port_of(Program& daemon);
Answer ask(int port, const std::string& request);
Answer get(int port, const std::string& path);

struct Monitored {
  TemporaryDirectory archives;
  Program daemon;
  int port;

  // logbuf-archiver --dir DIR --metrics 0 ARGUMENT...
  explicit Monitored(Lines arguments, const std::function<void()>& prepare = {});
  std::string metrics() const { return get(port, "/metrics").body; }
  // The value of a series, as it is written: "logbuf_ring_fill_bytes{ring=\"a\"}". Empty: there is none.
  std::string value_of(const std::string& series) const;
  // Waits until the series has this value.
  void wait_for(const std::string& series, const std::string& value) const;
  void end(int code = 0);
};

}  // namespace test
