// Which rings are drained: those named, those that match a pattern, those that appear. One thread each.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "drain.hpp"
#include "options.hpp"
#include "upkeep.hpp"

namespace logbuf::archiver {

class Supervisor {
 public:
  explicit Supervisor(const Options& options);
  ~Supervisor();

  // Drains until all is over or a signal ends it.
  cli::ExitCode run();

 private:
  struct Worker {
    std::unique_ptr<Drain> drain;
    std::thread thread;
    std::atomic<bool> ended = false;
    Drain::Outcome outcome = Drain::Outcome::done;
  };

  // The rings that must be there. Throws cli::Stop.
  void attach_named();
  // The rings that match and are not drained yet; takes notice of those that are gone.
  void look_around();
  std::expected<std::unique_ptr<Drain>, std::error_code> attach(const std::string& ring);
  void start(std::unique_ptr<Drain> drain);
  void reap();
  bool waited_long_enough();
  bool wanted(const std::string& ring) const;
  // Waits for a signal, a change in the directory of rings, or a worker's end. False: a signal to end.
  bool wait();
  bool ring_of_ours_changed();
  void stop_all();

  const Options& options_;
  Upkeep upkeep_;                                           // outlives the drains
  std::map<std::string, std::unique_ptr<Worker>> workers_;  // by ring
  std::map<std::string, cli::ExitCode> refused_;            // said once that they cannot be drained, and why
  std::map<std::string, archive::Uuid> done_with_;          // failed, or idle for long enough: until made anew
  std::chrono::steady_clock::time_point last_worked_ = std::chrono::steady_clock::now();
  int signals_ = -1;
  int rings_changed_ = -1;  // inotify
  int worker_ended_ = -1;   // eventfd; or upkeep has settled
  bool failed_ = false;
  bool lossy_ = false;
};

}  // namespace logbuf::archiver
