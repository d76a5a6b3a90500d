// What a Supervisor tells the service manager. It wakes for the watchdog, and for nothing else here.
#include <algorithm>
#include <chrono>
#include <utility>

#include "duration.hpp"
#include "supervisor.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// How soon one that stands still is looked at again.
constexpr auto kLookAgain = 500ms;

std::string counted(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

void Supervisor::ready() {
  status_told_ = status();
  manager_.tell("READY=1\nSTATUS=" + status_told_);
}

void Supervisor::reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch());
  manager_.tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void Supervisor::stopping() {
  if (std::exchange(stopping_, true)) return;
  manager_.tell("STOPPING=1\nSTATUS=ending: " + status());
}

std::string Supervisor::status() const {
  std::uint64_t archived = archived_;
  std::uint64_t behind_bytes = 0;
  for (const auto& [ring, worker] : workers_) {
    archived += worker->drain->archived();
    behind_bytes += worker->drain->behind_bytes();
  }
  return counted(workers_.size(), "ring") + ", " + counted(archived, "record") + " archived, " +
         counted(behind_bytes, "byte") + " behind" +
         (refused_.empty() ? "" : "; " + counted(refused_.size(), "ring") + " refused");
}

int Supervisor::until_watchdog_ms() const {
  auto interval = manager_.watchdog_interval();
  if (!interval) return -1;
  if (standing_) interval = std::min<std::chrono::nanoseconds>(*interval, kLookAgain);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(told_ + *interval - steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, std::chrono::milliseconds(24h).count()));
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
  if (until_watchdog_ms() != 0) {
    const std::string now = status();
    if (now != std::exchange(status_told_, now)) manager_.tell("STATUS=" + now);
    return;
  }
  told_ = steady_clock::now();
  const std::string who = standing_still();
  status_told_ = who.empty() ? status() : who;
  manager_.tell((who.empty() ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + status_told_);
  if (standing_ == who.empty()) cli::complain(who.empty() ? "all rings go on" : who + ": the watchdog is not told");
  standing_ = !who.empty();
}

}  // namespace logbuf::archiver
