// How far a long operation has come, on standard error, where that is a terminal: one line that is written over, and
// gone when it is done. Written by hand: of the libraries that Debian has, only Boost's progress_display is one for
// C++, and that draws a row of stars which can neither be wiped for a line of words nor say how long it still takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace logbuf::cli {

// What one may wait for: `total` 0 is not known.
struct ProgressState {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::chrono::nanoseconds elapsed{0};
};

// " 45%  1.2M of 2.7M records, 310k/s, 5s left"; of an unknown total "1.2M records, 310k/s".
std::string progress_text(const ProgressState& state, const std::string& unit);

// One at a time, in the main thread. Where stderr is no terminal, or one that cannot be written over (TERM=dumb), or
// the program is in the background, it does nothing.
class Progress {
 public:
  // `unit`: of what is counted, in the plural: "records".
  explicit Progress(std::string unit, std::uint64_t total = 0);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // wipes

  // Draws it anew, if it was not drawn a moment ago.
  void update(std::uint64_t done) {
    if (shown_) draw_if_due(done);
  }
  void set_total(std::uint64_t total) noexcept { total_ = total; }
  std::uint64_t total() const noexcept { return total_; }
  // False: nothing will ever be drawn.
  bool is_shown() const noexcept { return shown_; }

 private:
  using Clock = std::chrono::steady_clock;
  void draw_if_due(std::uint64_t done);

  std::string unit_;
  std::uint64_t total_;
  bool shown_;
  Clock::time_point start_;
  Clock::time_point due_;
};

// For whoever writes to the terminal: takes the line away, so that the next one stands alone. It comes back with the
// next update. Any thread; nothing where there is no line.
void wipe_progress() noexcept;

}  // namespace logbuf::cli
