// Rounds until all are done, or until another one would probably end too late. The first one is always made.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace logbuf::bench {

class Rounds {
 public:
  using Clock = std::chrono::steady_clock;

  Rounds(std::uint32_t rounds, Clock::time_point deadline) : rounds_(rounds), deadline_(deadline) {}

  bool another() {
    const auto now = Clock::now();
    if (done_ > 0) longest_ = std::max(longest_, now - began_);
    cut_short_ = done_ > 0 && done_ < rounds_ && now + longest_ > deadline_;
    const bool more = done_ < rounds_ && !cut_short_;
    began_ = now;
    if (more) ++done_;
    show_progress(more);
    return more;
  }
  bool first() const { return done_ == 1; }
  bool odd() const { return done_ % 2 == 1; }
  bool cut_short() const { return cut_short_; }

 private:
  // On a terminal, how far it is.
  void show_progress(bool more) const {
    if (::isatty(STDERR_FILENO) == 0) return;
    std::fputs("\r\033[K", stderr);
    if (more) std::fprintf(stderr, "round %u of %u", done_, rounds_);
  }

  std::uint32_t rounds_;
  Clock::time_point deadline_;
  std::uint32_t done_ = 0;
  Clock::time_point began_{};
  Clock::duration longest_{};
  bool cut_short_ = false;
};

}  // namespace logbuf::bench
