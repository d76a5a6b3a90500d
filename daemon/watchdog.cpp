// What a Supervisor tells the service manager. It wakes for that, and where nobody listens for nothing here.
#include <algorithm>
#include <chrono>
#include <utility>

#include "duration.hpp"
#include "supervisor.hpp"
#include "text.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How old the status may be that the service manager shows.
constexpr auto kStatusAge = 2s;
// How soon one that stands still is looked at again.
constexpr auto kLookAgain = 500ms;

}  // namespace

void Supervisor::ready() {
  status_told_ = status();
  manager_.announce("READY=1\nSTATUS=" + status_told_);
}

void Supervisor::reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch());
  manager_.announce("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void Supervisor::stopping() {
  if (std::exchange(stopping_, true)) return;
  manager_.announce("STOPPING=1\nSTATUS=ending: " + status());
}

std::string Supervisor::status() const {
  std::uint64_t archived = archived_;
  std::uint64_t behind_bytes = 0;
  for (const auto& [ring, worker] : workers_) {
    archived += worker->drain->archived();
    behind_bytes += worker->drain->behind_bytes();
  }
  return cli::counted(workers_.size(), "ring") + ", " + cli::counted(archived, "record") + " archived, " +
         cli::counted(behind_bytes, "byte") + " behind" +
         (refused_.empty() ? "" : "; " + cli::counted(refused_.size(), "ring") + " refused");
}

int Supervisor::until_manager_ms() const {
  if (!manager_.listens()) return -1;
  const auto left = [](steady_clock::time_point then) {
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(then - steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(time.count(), 0));
  };
  const int until_status_ms = left(status_told_at_ + kStatusAge);
  return manager_.watchdog_interval() ? std::min(until_status_ms, left(watchdog_due())) : until_status_ms;
}

steady_clock::time_point Supervisor::watchdog_due() const {
  const auto interval = manager_.watchdog_interval();
  if (!interval) return steady_clock::time_point::max();
  return told_ + (standing_ ? std::min<std::chrono::nanoseconds>(*interval, kLookAgain) : *interval);
}

// A ring whose drain has not gone on since it was last looked at, and what that is; nothing if all do.
std::string Supervisor::standing_still() {
  const auto now = steady_clock::now();
  std::string who;
  for (const auto& [ring, worker] : workers_) {
    if (worker->ended) worker->standing.goes_on(now);
    const auto stands = worker->standing.look(worker->drain->rounds(), now);
    if (stands >= kLongestSilence && who.empty())
      who = "ring '" + ring + "' has stood still for " + cli::format_duration(stands);
  }
  return who;
}

void Supervisor::tell_manager() {
  if (!manager_.listens()) return;
  const auto now = steady_clock::now();
  status_told_at_ = now;
  manager_.send_waiting();
  if (now < watchdog_due()) {
    const std::string is = status();
    if (!standing_ && is != status_told_ && manager_.tell("STATUS=" + is)) status_told_ = is;
    return;
  }
  told_ = now;
  const std::string who = standing_still();
  status_told_ = who.empty() ? status() : who;
  manager_.tell((who.empty() ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + status_told_);
  if (standing_ && who.empty()) cli::complain("all rings go on", cli::Severity::info);
  if (!standing_ && !who.empty()) cli::complain(who + ": the watchdog is not told", cli::Severity::error);
  standing_ = !who.empty();
}

}  // namespace logbuf::archiver
