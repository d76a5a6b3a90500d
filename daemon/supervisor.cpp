#include "supervisor.hpp"

#include <fnmatch.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

#include <logbuf/error.hpp>

#include "size.hpp"

namespace logbuf::archiver {
namespace {

constexpr auto kLookAround = std::chrono::seconds(1);  // also without notice: a refused ring may have become free

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

void notify(int event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
}

void empty(int fd) {
  char bytes[4096];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

}  // namespace

void hold_signals() {
  const sigset_t set = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Supervisor::Supervisor(const Options& options, Reread reread)
    : options_(options), reread_(std::move(reread)), upkeep_(options, [this] { notify(worker_ended_); }) {
  const sigset_t set = our_signals();
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  worker_ended_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  rings_changed_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (signals_ < 0 || worker_ended_ < 0 || rings_changed_ < 0) {
    cli::die(std::error_code(errno, std::system_category()), "cannot watch for signals and rings");
  }
  if (::inotify_add_watch(rings_changed_, "/dev/shm", IN_CREATE | IN_DELETE | IN_MOVED_TO) < 0) {
    cli::die(std::error_code(errno, std::system_category()), "cannot watch /dev/shm");
  }
  if (options_.metrics) monitor_.emplace(*options_.metrics, board_, options_.directory);
}

Supervisor::~Supervisor() {
  upkeep_.stop();
  stop_all();
  for (const int fd : {signals_, worker_ended_, rings_changed_}) ::close(fd);
}

cli::ExitCode Supervisor::run() {
  attach_named();
  look_around();
  if (options_.once && workers_.empty() && refused_.empty()) {
    cli::complain("no ring matches (logbuf-ctl ls shows what there is)");
    return cli::ExitCode::usage;
  }
  ready();
  for (;;) {
    // Rings given by name end the program when they have ended; patterns only with --once and --until-idle.
    const bool finite =
        (options_.globs.empty() && awaited_.empty()) || options_.once || (options_.until_idle && waited_long_enough());
    if (workers_.empty() && finite) {
      // What was sealed last is to be compressed as well.
      if (upkeep_.settled() || !wait()) break;
      continue;
    }
    if (!wait()) {
      stopping();
      upkeep_.stop();
      stop_all();
      break;
    }
    reap();
    if (!options_.once) look_around();
  }
  stopping();
  // A run that was to end has left out what it could not drain.
  if ((options_.once || options_.until_idle) && !refused_.empty()) return refused_.begin()->second;
  if (failed_) return cli::ExitCode::failed;
  return lossy_ ? cli::ExitCode::lost : cli::ExitCode::ok;
}

void Supervisor::attach_named() {
  std::vector<std::unique_ptr<Drain>> drains;
  for (const std::string& ring : options_.rings) {
    if (options_.create) make(ring);
    auto drain = attach(ring);
    if (!drain) cli::die(drain.error(), "ring '" + ring + "'");
    drains.push_back(std::move(*drain));
  }
  for (auto& drain : drains) start(std::move(drain));
}

void Supervisor::make(const std::string& ring) const {
  const auto made = Segment::create(ring, options_.segment);
  if (!made && made.error() != Errc::ring_exists) cli::die(made.error(), "ring '" + ring + "'");
  const auto there = Segment::open(ring);
  if (options_.capacity_given && there && there->info().capacity != options_.segment.capacity) {
    cli::die("ring '" + ring + "' exists already, with a capacity of " + cli::format_size(there->info().capacity) +
                 ", not " + cli::format_size(options_.segment.capacity) + ": leave --capacity out, or make it anew",
             cli::ExitCode::usage);
  }
}

// Without a ring to drain, --until-idle gives one the same time to appear.
bool Supervisor::waited_long_enough() {
  const auto now = std::chrono::steady_clock::now();
  if (!workers_.empty()) last_worked_ = now;
  return now - last_worked_ >= *options_.until_idle || !done_with_.empty();
}

bool Supervisor::wanted(const std::string& ring) const {
  if (std::ranges::find(options_.rings, ring) != options_.rings.end()) return true;
  return std::ranges::any_of(options_.globs,
                             [&](const std::string& glob) { return ::fnmatch(glob.c_str(), ring.c_str(), 0) == 0; });
}

void Supervisor::look_around() {
  const auto names = Segment::list();
  for (const auto& [ring, worker] : workers_) {
    const auto now = Segment::open(ring);
    if (!now ? now.error() == Errc::no_such_ring : now->info().uuid != worker->drain->uuid()) worker->drain->removed();
  }
  for (const std::string& ring : names) {
    if (workers_.contains(ring) || !wanted(ring)) continue;
    // A closed ring that has been drained has nothing more to give.
    if (const auto segment = Segment::open(ring)) {
      const RingStatus status = segment->status();
      if ((status.closed && status.tail == status.consumed) || status.quarantined) {
        awaited_.erase(ring);
        refused_.erase(ring);
        board_.set(ring, Board::State::ended);
        continue;
      }
      const auto failed = done_with_.find(ring);
      if (failed != done_with_.end() && failed->second == segment->info().uuid) continue;
    }
    auto drain = attach(ring);
    if (!drain) {
      const std::string why = error_detail();
      board_.set(ring, Board::State::refused, why);
      if (refused_.emplace(ring, cli::exit_code_for(drain.error())).second)
        cli::complain("ring '" + ring + "' is not drained: " + why);
      continue;
    }
    refused_.erase(ring);
    start(std::move(*drain));
  }
  const auto gone = [&](const std::string& ring) { return std::ranges::find(names, ring) == names.end(); };
  std::erase_if(refused_, [&](const auto& refused) { return gone(refused.first); });
  std::erase_if(done_with_, [&](const auto& failed) { return gone(failed.first); });
}

std::expected<std::unique_ptr<Drain>, std::error_code> Supervisor::attach(const std::string& ring) {
  upkeep_.release(ring);  // it may still have the directory, of a ring that has ended
  return Drain::attach(ring, options_, [this] { upkeep_.wake(); }, board_.counters(ring));
}

void Supervisor::start(std::unique_ptr<Drain> drain) {
  const std::string ring = drain->ring();
  awaited_.erase(ring);
  auto keeper = drain->keeper();
  if (!keeper) {
    cli::complain("ring '" + ring + "': its files are neither compressed nor removed: " + error_detail());
    board_.counters(ring)->upkeep_errors += 1;
  }
  if (keeper) upkeep_.add(ring, std::move(*keeper), board_.counters(ring));
  auto& worker = workers_[ring] = std::make_unique<Worker>();
  worker->drain = std::move(drain);
  board_.set(ring, Board::State::draining);
  worker->thread = std::thread([this, worker = worker.get()] {
    worker->outcome = worker->drain->run();
    worker->ended = true;
    notify(worker_ended_);
  });
}

void Supervisor::note(Drain::Outcome outcome) {
  failed_ = failed_ || outcome == Drain::Outcome::failed;
  lossy_ = lossy_ || outcome == Drain::Outcome::lossy || outcome == Drain::Outcome::removed;
}

void Supervisor::reap() {
  for (auto at = workers_.begin(); at != workers_.end();) {
    Worker& worker = *at->second;
    if (!worker.ended) {
      ++at;
      continue;
    }
    worker.thread.join();
    archived_ += worker.drain->archived();
    note(worker.outcome);
    const bool failed = worker.outcome == Drain::Outcome::failed;
    // Where the files have been removed, another drain begins new ones.
    const bool again = worker.outcome == Drain::Outcome::removed;
    if (failed || (options_.until_idle && !again)) done_with_[at->first] = worker.drain->uuid();
    board_.set(at->first,
               failed              ? Board::State::failed
               : wanted(at->first) ? Board::State::ended
                                   : Board::State::left,
               failed ? "its drain has given up" : "");
    upkeep_.ended(at->first);
    at = workers_.erase(at);
  }
}

// Something has happened to a ring of ours: others' come and go by the thousand where there is much traffic.
bool Supervisor::ring_of_ours_changed() {
  alignas(inotify_event) char bytes[4096];
  bool changed = false;
  for (;;) {
    const ssize_t got = ::read(rings_changed_, bytes, sizeof bytes);
    if (got <= 0) return changed;
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, bytes + at, sizeof event);
      const std::string_view name = event.len == 0 ? "" : bytes + at + sizeof event;
      const bool is_ring = name.starts_with(layout::kObjectPrefix);
      // Without a name: there was more than the kernel keeps.
      changed = changed || name.empty() || (is_ring && wanted(std::string(name.substr(layout::kObjectPrefix.size()))));
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

bool Supervisor::wait() {
  pollfd fds[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                  {.fd = rings_changed_, .events = POLLIN, .revents = 0},
                  {.fd = worker_ended_, .events = POLLIN, .revents = 0}};
  // Without a refused ring and without an end to wait for there is nothing to look for. Others' rings come and go: they
  // do not put it off.
  const bool looks = !refused_.empty() || options_.until_idle;
  const auto look_at = std::chrono::steady_clock::now() + kLookAround;
  for (;;) {
    int wait_ms = until_manager_ms();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(look_at - std::chrono::steady_clock::now()).count();
    const int left_ms = static_cast<int>(std::max<std::int64_t>(left, 0));
    if (looks) wait_ms = wait_ms < 0 ? left_ms : std::min(wait_ms, left_ms);
    const int ready = ::poll(fds, 3, wait_ms);
    const bool due = ready <= 0 || (looks && left_ms == 0);
    if (ring_of_ours_changed() || due || fds[0].revents != 0 || fds[2].revents != 0) break;
  }
  empty(worker_ended_);
  tell_manager();
  signalfd_siginfo signal;
  while (::read(signals_, &signal, sizeof signal) == sizeof signal) {
    switch (signal.ssi_signo) {
      case SIGHUP:
        reloading();
        reload();
        ready();
        break;
      case SIGUSR1: break;  // means something to other daemons, and is no reason to end
      case SIGUSR2:
        for (const auto& [ring, worker] : workers_) worker->drain->rotate();
        break;
      default: return false;
    }
  }
  return true;
}

void Supervisor::stop_all() {
  for (const auto& [ring, worker] : workers_) worker->drain->stop();
  const auto runs = [](const auto& worker) { return worker.second->thread.joinable() && !worker.second->ended; };
  while (std::ranges::any_of(workers_, runs)) {  // the watchdog goes on
    pollfd ended{.fd = worker_ended_, .events = POLLIN, .revents = 0};
    (void)::poll(&ended, 1, until_manager_ms());
    empty(worker_ended_);
    tell_manager();
  }
  for (const auto& [ring, worker] : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
    worker->ended = true;
  }
  for (const auto& [ring, worker] : workers_) {
    note(worker->outcome);
  }
  workers_.clear();
}

}  // namespace logbuf::archiver
