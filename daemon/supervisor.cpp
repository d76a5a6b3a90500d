#include "supervisor.hpp"

#include <fnmatch.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include <logbuf/error.hpp>

namespace logbuf::archiver {
namespace {

constexpr int kLookAround_ms = 1000;  // also without notice: a refused ring may have become free

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

void empty(int fd) {
  char bytes[4096];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

}  // namespace

Supervisor::Supervisor(const Options& options) : options_(options) {
  const sigset_t set = our_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before there are threads, so that none of them gets one
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  worker_ended_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  rings_changed_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (signals_ < 0 || worker_ended_ < 0 || rings_changed_ < 0) {
    cli::die(std::error_code(errno, std::system_category()), "cannot watch for signals and rings");
  }
  if (::inotify_add_watch(rings_changed_, "/dev/shm", IN_CREATE | IN_DELETE | IN_MOVED_TO) < 0) {
    cli::die(std::error_code(errno, std::system_category()), "cannot watch /dev/shm");
  }
}

Supervisor::~Supervisor() {
  stop_all();
  for (const int fd : {signals_, worker_ended_, rings_changed_}) ::close(fd);
}

cli::ExitCode Supervisor::run() {
  attach_named();
  look_around();
  for (;;) {
    // Rings given by name end the program when they have ended; patterns only with --once and --until-idle.
    const bool finite = options_.globs.empty() || options_.once || options_.until_idle;
    if (workers_.empty() && finite) break;
    if (!wait()) {
      stop_all();
      break;
    }
    reap();
    if (failed_ && options_.globs.empty()) stop_all();
    if (!options_.once && !options_.until_idle) look_around();
  }
  if (failed_) return cli::ExitCode::failed;
  return lossy_ ? cli::ExitCode::lost : cli::ExitCode::ok;
}

void Supervisor::attach_named() {
  std::vector<std::unique_ptr<Drain>> drains;
  for (const std::string& ring : options_.rings) {
    if (options_.create) {
      const auto made = Segment::create(ring, options_.segment);
      if (!made && made.error() != Errc::ring_exists) cli::die(made.error(), "ring '" + ring + "'");
    }
    auto drain = Drain::attach(ring, options_);
    if (!drain) cli::die(drain.error(), "ring '" + ring + "'");
    drains.push_back(std::move(*drain));
  }
  for (auto& drain : drains) start(std::move(drain));
}

bool Supervisor::wanted(const std::string& ring) const {
  if (std::ranges::find(options_.rings, ring) != options_.rings.end()) return true;
  return std::ranges::any_of(
      options_.globs, [&](const std::string& glob) { return ::fnmatch(glob.c_str(), ring.c_str(), 0) == 0; });
}

void Supervisor::look_around() {
  const auto names = Segment::list();
  for (const auto& [ring, worker] : workers_) {
    const auto now = Segment::open(ring);
    if (!now ? now.error() == Errc::no_such_ring : now->info().uuid != worker->drain->uuid())
      worker->drain->removed();
  }
  for (const std::string& ring : names) {
    if (workers_.contains(ring) || !wanted(ring)) continue;
    // A closed ring that has been drained has nothing more to give.
    if (const auto segment = Segment::open(ring)) {
      const RingStatus status = segment->status();
      if ((status.closed && status.tail == status.consumed) || status.quarantined) continue;
      const auto failed = given_up_.find(ring);
      if (failed != given_up_.end() && failed->second == segment->info().uuid) continue;
    }
    auto drain = Drain::attach(ring, options_);
    if (!drain) {
      if (refused_.insert(ring).second)
        cli::complain("ring '" + ring + "' is not drained: " + error_detail());
      continue;
    }
    refused_.erase(ring);
    start(std::move(*drain));
  }
  const auto gone = [&](const std::string& ring) { return std::ranges::find(names, ring) == names.end(); };
  std::erase_if(refused_, gone);
  std::erase_if(given_up_, [&](const auto& failed) { return gone(failed.first); });
}

void Supervisor::start(std::unique_ptr<Drain> drain) {
  const std::string ring = drain->ring();
  auto& worker = workers_[ring] = std::make_unique<Worker>();
  worker->drain = std::move(drain);
  worker->thread = std::thread([this, worker = worker.get()] {
    worker->outcome = worker->drain->run();
    worker->ended = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(worker_ended_, &one, sizeof one);
  });
}

void Supervisor::reap() {
  for (auto at = workers_.begin(); at != workers_.end();) {
    Worker& worker = *at->second;
    if (!worker.ended) {
      ++at;
      continue;
    }
    worker.thread.join();
    if (worker.outcome == Drain::Outcome::failed) {
      failed_ = true;
      given_up_[at->first] = worker.drain->uuid();
    }
    if (worker.outcome == Drain::Outcome::lossy) lossy_ = true;
    at = workers_.erase(at);
  }
}

bool Supervisor::wait() {
  pollfd fds[] = {{.fd = signals_, .events = POLLIN, .revents = 0},
                  {.fd = rings_changed_, .events = POLLIN, .revents = 0},
                  {.fd = worker_ended_, .events = POLLIN, .revents = 0}};
  // Without a pattern and without a refused ring there is nothing to look for.
  ::poll(fds, 3, refused_.empty() ? -1 : kLookAround_ms);
  empty(rings_changed_);
  empty(worker_ended_);
  signalfd_siginfo signal;
  while (::read(signals_, &signal, sizeof signal) == sizeof signal) {
    switch (signal.ssi_signo) {
      case SIGHUP: cli::complain("there is no configuration file to read again"); break;
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
  for (const auto& [ring, worker] : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
    worker->ended = true;
  }
  for (const auto& [ring, worker] : workers_) {
    if (worker->outcome == Drain::Outcome::failed) failed_ = true;
    if (worker->outcome == Drain::Outcome::lossy) lossy_ = true;
  }
  workers_.clear();
}

}  // namespace logbuf::archiver
