// What the program waits for: a key, a signal, the time of the next look.
#pragma once

#include <chrono>

namespace logbuf::stat {

// Made before there are threads; from then on SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGWINCH wait until somebody asks:
// all that would end the program and leave the terminal as it is. One thread at a time.
class Signals {
 public:
  enum class Woken { time, readable, hung_up, stop, resized };

  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // Waits until then, or until something can be read from `fd` (-1: from nothing), or a signal comes. A stop comes
  // again and again.
  Woken wait_until(std::chrono::steady_clock::time_point time, int fd = -1);

 private:
  int fd_;
  bool stop_ = false;
};

}  // namespace logbuf::stat
