// What an archiver counts of one ring, over all drains that the ring's name has had. Written by the drain that there is
// and by upkeep, read by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace logbuf::archiver {

struct Counters {
  using Count = std::atomic<std::uint64_t>;
  static constexpr std::int64_t kNeverSynced = -1;

  Count rounds{0};  // of the drain: counts on while it does not hang
  Count records{0};
  Count bytes{0};            // of the ring, that went into files
  Count refused_records{0};  // that producers dropped, told in the archive
  Count missing_records{0};  // that others had taken from the ring
  Count torn_bytes{0};       // of unfinished writes, cut
  Count sealed_files{0};
  Count compressed_files{0};
  Count removed_files{0};
  Count removed_bytes{0};
  Count upkeep_errors{0};  // what compression and retention could not do, each try counted
  Count write_errors{0};
  Count sync_errors{0};
  Count syncs{0};  // that have ended
  Count sync_ns{0};

  // By the steady clock: what was written first of all that a sync is still to make durable, as the policy says; 0:
  // there is nothing.
  std::atomic<std::int64_t> undurable_since_ns{0};
  std::atomic<std::int64_t> sync_interval_ns{kNeverSynced};  // of the policy; 0: after each batch

  // Why the disk refuses what it is given; empty: it does not.
  void set_trouble(std::string why) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(why);
  }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace logbuf::archiver
