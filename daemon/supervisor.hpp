// Which rings are drained: those named, those that match a pattern, those that appear. One thread each.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "board.hpp"
#include "drain.hpp"
#include "monitor/monitor.hpp"
#include "options.hpp"
#include "service_manager.hpp"
#include "standing.hpp"
#include "upkeep.hpp"

namespace logbuf::archiver {

// From here on signals wait for a Supervisor: to be called before there are threads, so that none of them gets one, and
// before anything takes long.
void hold_signals();

class Supervisor {
 public:
  // `reread`: for SIGHUP; empty where there is no configuration file.
  Supervisor(const Options& options, Reread reread);
  ~Supervisor();

  // Drains until all is over or a signal ends it.
  cli::ExitCode run();

 private:
  struct Worker {
    std::unique_ptr<Drain> drain;
    std::thread thread;
    std::atomic<bool> ended = false;
    Drain::Outcome outcome = Drain::Outcome::done;
    Standing standing;
  };

  // The rings that must be there. Throws cli::Stop.
  void attach_named();
  // Makes the ring, unless it is there as it should be. Throws cli::Stop.
  void make(const std::string& ring) const;
  // As the configuration file is now: what can be changed takes effect, the rest is said.
  void reload();
  // Says which options need a restart, and keeps them in `options`.
  void keep_fixed(Options& options) const;
  void take_named(const std::string& ring);
  // The rings that match and are not drained yet; takes notice of those that are gone.
  void look_around();
  std::expected<std::unique_ptr<Drain>, std::error_code> attach(const std::string& ring);
  void start(std::unique_ptr<Drain> drain);
  // For the exit code.
  void note(Drain::Outcome outcome);
  void reap();
  bool waited_long_enough();
  bool wanted(const std::string& ring) const;
  // Waits for a signal, a change in the directory of rings, or a worker's end. False: a signal to end.
  bool wait();
  bool ring_of_ours_changed();
  void stop_all();

  // What the service manager is told (watchdog.cpp).
  void ready();
  void stopping();
  void reloading();
  void tell_manager();
  // How long poll() may wait; -1: for ever.
  int until_manager_ms() const;
  std::chrono::steady_clock::time_point watchdog_due() const;
  std::string status() const;
  std::string standing_still();

  Options options_;
  const Reread reread_;
  Board board_;
  std::optional<Monitor> monitor_;
  Upkeep upkeep_;                                           // outlives the drains
  std::map<std::string, std::unique_ptr<Worker>> workers_;  // by ring
  std::map<std::string, cli::ExitCode> refused_;            // said once that they cannot be drained, and why
  std::map<std::string, archive::Uuid> done_with_;          // failed, or idle for long enough: until made anew
  std::set<std::string> awaited_;                           // named since the start, and not drained yet
  std::chrono::steady_clock::time_point last_worked_ = std::chrono::steady_clock::now();
  int signals_ = -1;
  int rings_changed_ = -1;  // inotify
  int worker_ended_ = -1;   // eventfd; or upkeep has settled
  bool failed_ = false;
  bool lossy_ = false;

  ServiceManager manager_;
  std::chrono::steady_clock::time_point told_{};  // of the watchdog
  std::chrono::steady_clock::time_point status_told_at_{};
  std::string status_told_;
  bool standing_ = false;  // a drain hangs
  bool stopping_ = false;
  std::uint64_t archived_ = 0;  // records, by workers that have ended
};

}  // namespace logbuf::archiver
