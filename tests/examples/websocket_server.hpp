// A WebSocket server for one client, in a thread of the test. What it says is a list of steps.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace test {

struct Step {
  enum Kind {
    text,    // a message, or the last piece of one
    binary,  // likewise
    piece,   // of a message: the next step goes on with it, and its kind is that of the whole
    ping,    // between messages, or between pieces
    raw,     // bytes as they are, whatever they say
    vanish,  // breaks the connection off; else it is closed at the end, in good order
    stay,    // says nothing more, until the client is gone
  };
  Kind kind = text;
  std::string bytes = {};
};

class WebsocketServer {
 public:
  explicit WebsocketServer(std::vector<Step> steps);
  WebsocketServer(const WebsocketServer&) = delete;
  WebsocketServer& operator=(const WebsocketServer&) = delete;
  ~WebsocketServer();  // whatever it was waiting for

  std::string port() const { return port_; }

 private:
  void serve(const std::vector<Step>& steps);

  int listening_ = -1;
  std::atomic<int> connection_ = -1;
  std::string port_;
  std::thread thread_;
};

}  // namespace test
