// SIGINT and SIGTERM, looked at where it suits: between two records, and wherever the program waits.
#pragma once

#include <chrono>

namespace logbuf::write {

// Made before there are threads; from then on the two signals wait until somebody asks. One thread at a time.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // True once one of the signals has come. Never waits.
  bool requested() { return !nap(std::chrono::nanoseconds(0)); }
  // Waits until something can be read from `fd`, its end included. False: a signal came first.
  bool wait_readable(int fd);
  // Waits for so long. False: a signal came.
  bool nap(std::chrono::nanoseconds time);

 private:
  int fd_;
};

}  // namespace logbuf::write
