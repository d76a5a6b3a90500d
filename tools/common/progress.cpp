#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include "amount.hpp"
#include "duration.hpp"
#include "terminal.hpp"

namespace logbuf::cli {
namespace {

constexpr auto between_draws = std::chrono::milliseconds(100);
constexpr Unit multiples[] = {{"", 1}, {"k", 1000}, {"M", 1'000'000}, {"G", 1'000'000'000}};

std::atomic<bool> line_is_drawn = false;

// The line of a program in the background would be drawn over what its user types.
bool is_in_foreground() {
  return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

std::size_t columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

// Half a line is no loss: another one comes.
void write_once(std::string_view text) noexcept {
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

}  // namespace

std::string progress_text(const ProgressState& state, const std::string& unit) {
  const auto [done, total, elapsed] = state;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text;
  if (total != 0) {
    // Never 100% before it is over, and none of an archive that grows.
    const double share = std::min(static_cast<double>(done) / static_cast<double>(total), 0.99);
    const std::string percent = std::to_string(static_cast<int>(share * 100));
    text = std::string(3 - std::min<std::size_t>(percent.size(), 3), ' ') + percent + "%  ";
  }
  text += format_amount(done, multiples);
  if (total != 0) text += " of " + format_amount(total, multiples);
  text += ' ' + unit;
  if (rate < 1) return text;
  text += ", " + format_amount(static_cast<std::uint64_t>(rate), multiples) + "/s";
  if (total > done) {
    const double left_s = std::min(static_cast<double>(total - done) / rate, 1e9);
    text += ", " + format_duration(std::chrono::seconds(static_cast<std::int64_t>(left_s) + 1)) + " left";
  }
  return text;
}

Progress::Progress(std::string unit, std::uint64_t total)
    : unit_(std::move(unit)),
      total_(total),
      shown_(takes_controls(STDERR_FILENO)),
      start_(Clock::now()),
      due_(start_) {}

Progress::~Progress() {
  wipe_progress();
}

void Progress::draw_if_due(std::uint64_t done) {
  const auto now = Clock::now();
  if (now < due_) return;
  due_ = now + between_draws;
  if (!is_in_foreground()) return;
  std::string text = progress_text({.done = done, .total = total_, .elapsed = now - start_}, unit_);
  // A line that is full may begin the next one.
  text.resize(std::min(text.size(), columns() - 1));
  write_once('\r' + text + "\x1b[K");
  line_is_drawn = true;
}

void wipe_progress() noexcept {
  if (line_is_drawn.exchange(false)) write_once("\r\x1b[K");
}

}  // namespace logbuf::cli
