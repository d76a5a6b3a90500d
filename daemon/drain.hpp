// One ring's way to disk: what its consumer sees goes into its archive, and only then is released.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/consumer.hpp>
#include <logbuf/keeper.hpp>

#include "counters.hpp"
#include "options.hpp"
#include "refusals.hpp"

namespace logbuf::archiver {

class Drain {
 public:
  enum class Outcome { done, failed, lossy, removed };  // removed: somebody has taken the archive's files away

  // Attaches to the ring and opens its archive. `sealed` is called where a file has been sealed. Errors: as
  // Consumer::attach and archive::Writer::open.
  static std::expected<std::unique_ptr<Drain>, std::error_code> attach(
      const std::string& ring, const Options& options, std::function<void()> sealed = {},
      std::shared_ptr<Counters> counters = std::make_shared<Counters>());

  // Drains until it is told to stop, or the ring or the options say that it is over. Run by one thread.
  Outcome run();

  // From other threads: drain what is committed now, make it durable, return.
  void stop();
  // Seal the file in use.
  void rotate();
  // From now on as these say, as far as they are about syncs and rotation; all else stays.
  void reconfigure(const Options& options);
  // The ring's name is gone: end when its last producer has gone and it is empty.
  void removed();

  // For the archive's sealed files; before run().
  std::expected<archive::Keeper, std::error_code> keeper() const { return writer_.keeper(); }
  const std::string& ring() const { return ring_; }
  archive::Uuid uuid() const { return consumer_.info().uuid; }

  // What others may know of it. Any thread.
  std::uint64_t rounds() const noexcept { return counters_->rounds; }    // counts on while it does not hang
  std::uint64_t archived() const noexcept { return archived_; }          // records, by this run
  std::uint64_t behind_bytes() const noexcept { return behind_bytes_; }  // claimed in the ring, not archived yet

 private:
  Drain(std::string ring, const Options& options, Consumer consumer, archive::Writer writer,
        std::shared_ptr<Counters> counters);

  Outcome drain();
  // False: they have been removed. Looks once a second.
  bool files_are_there();
  // Makes ring and archive agree on where the next record begins. False: they cannot belong together.
  bool align();
  // Releases what the archive has already. False: `end` is no place between two records.
  bool pass_to(Position end);
  // Archives the next batch. False: there is none.
  bool drain_batch();
  bool archive_batch(ReadBatch& batch);
  // Archives that from where the archive ends to `end` there are only skips; `record`: the ring's count of records
  // there.
  bool append_skips(Position end, std::uint64_t record);
  // Archives who has which slot since when.
  void name_producers();
  // Archives what producers counted as refused before the ring's position (or all). False: the disk will not have it.
  bool tell_refusals(bool all = false);
  void look_for_refusals();
  // Waits until the disk is to be tried again. True: we are to stop instead.
  bool stops_before_retry();
  // Repeats what the disk refuses until it takes it, or until we are to stop.
  bool persist(const std::function<std::expected<void, std::error_code>()>& attempt);
  bool sync_if_due();
  // Takes over what reconfigure() has brought. False: the disk will not have what has to be synced for it.
  bool take_options();
  bool write_again();
  // Tells the ring how far the archive has come, and others what waits for a sync.
  void report();
  // Writer::sync(), counted.
  std::expected<void, std::error_code> sync();
  void count_sync(std::int64_t begun_ns);
  // Makes what is archived durable; at the end of a run also says in the file that it is, or seals it.
  enum class Finish { sync, stop, seal };
  bool finish(Finish how);
  bool claim_may_finish(Position last) const;
  void idle();
  bool recover();
  bool over();
  void say(const std::string& what, cli::Severity severity = cli::Severity::warning) const;
  static std::int64_t now_ns();

  const std::string ring_;
  Options options_;
  Consumer consumer_;
  const std::shared_ptr<Counters> counters_;  // the writer's thread counts, too
  archive::Writer writer_;

  Refusals refusals_;
  std::uint64_t refused_ = 0;  // records, told by this run
  std::int64_t last_refusals_look_ns_ = 0;
  std::int64_t last_files_look_ns_ = 0;
  std::optional<std::int64_t> last_refusals_said_ns_;

  std::vector<std::uint32_t> known_incarnations_;  // by slot; 0: none
  Position last_names_look_ = 0;                   // tail then
  std::uint64_t batch_bytes_ = 0;
  std::atomic<std::uint64_t> archived_ = 0;
  std::atomic<std::uint64_t> behind_bytes_ = 0;
  bool lossy_ = false;
  bool failed_ = false;

  std::optional<Position> blocked_at_;
  std::int64_t blocked_since_ns_ = 0;
  bool blocked_said_ = false;

  std::int64_t last_record_ns_ = 0;
  std::int64_t last_sync_ns_ = 0;
  bool unsynced_ = false;  // something was appended that no sync has been begun for
  bool syncing_ = false;
  std::int64_t unsynced_since_ns_ = 0;  // as it is seen once a round; 0: all is
  std::int64_t syncing_since_ns_ = 0;   // the same of what the sync under way is for

  std::atomic<bool> stop_ = false;
  std::atomic<bool> rotate_ = false;
  std::atomic<bool> removed_ = false;
  std::atomic<bool> reconfigured_ = false;
  std::mutex mutex_;  // for waiting between attempts at the disk, and for new_options_
  Options new_options_;
  std::condition_variable stopped_;
};

}  // namespace logbuf::archiver
