// What is done to the sealed files of all rings, beside draining: they are compressed, and the oldest go. One thread at
// low priority, which waits for the disk so that no drain has to.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <logbuf/keeper.hpp>

#include "counters.hpp"
#include "options.hpp"
#include "retention.hpp"

namespace logbuf::archiver {

class Upkeep {
 public:
  // `settled` is called by the thread where it has done all there was to do.
  Upkeep(const Options& options, std::function<void()> settled);
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  ~Upkeep();

  // From now on as these say; a file that is being compressed is begun anew.
  void reconfigure(const Options& options);
  // Without options that ask for something nothing is done with it.
  void add(const std::string& ring, archive::Keeper keeper, std::shared_ptr<Counters> counters);
  // No more files come of this ring: it is let go when there is nothing left to do for it.
  void ended(const std::string& ring);
  // Lets the ring's directory go at once, if it has it, for a Writer to open.
  void release(const std::string& ring);
  // There are new files. Any thread.
  void wake();
  // All is done, as far as it can be done now.
  bool settled() const;
  // At once; what was being made is gone.
  void stop();

 private:
  struct Ring {
    archive::Keeper keeper;
    std::shared_ptr<Counters> counters;
    SealedFiles files{};  // as they were listed last
    bool ended = false;
    bool said_unlistable = false;
    bool said_unremovable = false;
    bool said_incompressible = false;
    std::set<std::string> unsound{};                        // files that cannot be compressed
    std::chrono::steady_clock::time_point compress_from{};  // not before: the disk refused
  };
  using Rings = std::map<std::string, Ring>;

  static bool wanted(const Options& options) noexcept;
  void start_if_wanted();
  // Where there is no thread to do it.
  void forget(const std::string& ring);
  void run();
  void take_requests();
  bool interrupted() const noexcept { return stop_ || interrupt_; }
  void work();
  void retain();
  void list(const std::string& name, Ring& ring);
  void make_free();
  // Its oldest file. False: it stays.
  bool remove_oldest(const std::string& name, Ring& ring, const std::string& why);
  Rings::value_type* next_to_compress(std::string& file);
  void compress(const std::string& name, Ring& ring, const std::string& file);
  // Asked again and again while a file is compressed: is it to end?
  bool meanwhile();
  void cannot_compress(const std::string& name, Ring& ring, const std::string& why);
  void let_go();

  const std::function<void()> when_settled_;
  std::thread thread_;  // from when the options first ask for something
  bool wanted_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  struct Added {
    archive::Keeper keeper;
    std::shared_ptr<Counters> counters;
  };
  std::map<std::string, Added> added_;
  std::set<std::string> ended_;
  std::set<std::string> released_;
  std::optional<Options> new_options_;
  std::set<std::string> held_;  // added, and not released: an ended one may be let go of before
  std::atomic<std::uint64_t> asked_ = 0;
  std::uint64_t done_ = 0;  // all that was asked for up to here
  std::atomic<bool> stop_ = false;
  std::atomic<bool> interrupt_ = false;  // somebody waits for a release, or the options are others

  // The thread's own.
  Options options_;
  Rings rings_;
  std::uint64_t copied_bytes_ = 0;  // of the file that is compressed now: what its copy takes is free again soon
  std::uint64_t seen_ = 0;          // of asked_, by the last retain()
  std::chrono::steady_clock::time_point retained_at_{};
  std::string compressing_;  // RING/FILE
  bool said_not_free_ = false;
};

}  // namespace logbuf::archiver
