// An archive directory or one segment file, in the order of seq.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include <logbuf/archive.hpp>

#include "change_watch.hpp"
#include "item.hpp"
#include "ranges.hpp"

namespace logbuf::cat {

class ArchiveSource {
 public:
  explicit ArchiveSource(const std::filesystem::path& target);

  // What comes next is the first at or after `seq`.
  void seek(std::uint64_t seq);
  // What comes next is not behind the first record that is of this time or later. There may be earlier ones, too, and
  // gaps of anywhere before it, but perhaps not the one right before it.
  void seek_time(std::int64_t time_ns);
  // The seq that the next record will get that is written to the archive. Seek afterwards.
  std::uint64_t end_seq();

  // For after the last seek: gaps that lie wholly outside these times are not told. What a gap lacks may be of any time
  // from that of the record before it to that of the one behind it. To select records is left to the caller.
  void limit_gaps(TimeRange times);
  // For after the last seek, too: before the first item that is wholly at or behind this seq there is a nothing, once.
  void pause_at(std::uint64_t seq) { pause_seq_ = seq; }

  // Asked every so many records and gaps, whether next() gives them or not. Once it says true, next() gives nothing any
  // more, and is_stopped(). Nobody is asked while next() is not called: more() goes on.
  void stop_when(std::function<bool()> wanted) { stop_wanted_ = std::move(wanted); }
  bool is_stopped() const noexcept { return stopped_; }

  std::optional<Item> next();
  // The records right behind the item that next() gave last, as far as they are at hand and nothing of the above is
  // asked for: next() goes on behind them. They live until the next call of either.
  std::span<const archive::Record> more();
  static Record record_of(const archive::Record& from) noexcept {
    return {.seq = from.seq,
            .position = from.position,
            .time_ns = from.time_ns,
            .drain_time_ns = from.drain_time_ns,
            .slot = from.slot,
            .type = from.type,
            .producer = from.producer,
            .bytes = from.bytes};
  }
  bool ended() const { return false; }  // a writer may come back to it
  void wait(std::chrono::nanoseconds timeout);
  void settle(std::uint64_t) {}

  // Since the last seek; not where gaps are not told.
  std::uint64_t damaged_bytes() const noexcept;

 private:
  // False: there is no more for now.
  bool read(std::optional<Item>& into);
  bool read_now(std::optional<Item>& into);  // whatever the pause
  bool is_behind_pause(const Item& item, std::uint64_t seq_before) const;
  bool pass(const Record& record);
  bool must_stop();
  std::optional<Item> next_held();
  std::optional<Item> next_read();

  std::filesystem::path target_;
  archive::Reader reader_;
  std::optional<ChangeWatch> watch_;  // from the first wait() on

  std::optional<std::uint64_t> pause_seq_;  // until the nothing there is given
  std::optional<Item> behind_pause_;        // read already
  std::uint64_t damage_paused_bytes_ = 0;   // up to it

  std::function<bool()> stop_wanted_;
  std::uint64_t until_asked_ = 0;  // so many more are read before it is
  bool stopped_ = false;

  TimeRange times_;
  bool before_ = false;                     // no record has come yet that was not too early
  bool behind_ = false;                     // the last record was too late
  std::deque<Gap> held_;                    // since the last record: before_ or behind_, the next one decides
  std::optional<Record> behind_held_;       // the one that decided that held_ is told
  std::uint64_t damage_passed_bytes_ = 0;   // up to the last record
  std::uint64_t damage_outside_bytes_ = 0;  // of these, in gaps that were not told
};

}  // namespace logbuf::cat
