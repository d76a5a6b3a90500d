#include "stop_signal.hpp"

#include <csignal>

namespace logbuf::cat {
namespace {

volatile std::sig_atomic_t requested = 0;  // the signal

void request(int number) {
  requested = number;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action{};
  action.sa_handler = request;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() noexcept {
  return requested != 0;
}

bool interrupted() noexcept {
  return requested == SIGINT;
}

}  // namespace logbuf::cat
