#include "replay.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

#include <logbuf/archive.hpp>

#include "archive_progress.hpp"
#include "archive_source.hpp"
#include "archive_start.hpp"
#include "duration.hpp"
#include "failure.hpp"
#include "losses.hpp"
#include "selection.hpp"
#include "signal_timer.hpp"
#include "text.hpp"

namespace logbuf::replay {
namespace {

using cli::ExitCode;

// How good the times are of records that have none of their own.
std::string precision(const std::string& archive) {
  std::string text = cli::escape(archive) +
                     ": records have no times of their own: each goes by the time at which its block came into the "
                     "archive, all of a block at once";
  const auto files = archive::list_files(archive);
  if (!files) return text;
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
  std::optional<archive::FileInfo::Times> times;
  for (const auto& file : *files) {
    blocks += file.blocks;
    records += file.records;
    if (!file.times) continue;
    if (!times) times = file.times;
    times = {.min_ns = std::min(times->min_ns, file.times->min_ns),
             .max_ns = std::max(times->max_ns, file.times->max_ns)};
  }
  if (blocks < 2 || !times) return text;
  const auto steps = static_cast<std::int64_t>(blocks - 1);
  const std::chrono::nanoseconds step((times->max_ns - times->min_ns) / steps);
  return text + " (on average " + std::to_string((records + blocks / 2) / blocks) + " records, every " +
         cli::format_duration(step) + ")";
}

// To the year, where it is years: nobody waits for the rest.
std::string long_wait_text(std::chrono::nanoseconds time) {
  const auto years = std::chrono::floor<std::chrono::years>(time).count();
  return years > 1 ? std::to_string(years) + " years" : cli::format_duration(time);
}

class Replay {
 public:
  explicit Replay(const Options& options)
      : options_(options),
        archive_(options.archive.front()),
        filter_(options.which.filter()),
        end_seq_(cat::ArchiveSource(archive_).end_seq()),
        ring_(write::find_ring(options.ring.front(), options.ring_wish)),
        sink_(write::Sink::attach(ring_, options.sink, stop_)),
        timer_(stop_),
        pace_(pace_options(), timer_),
        progress_(archive_, filter_, {.first = filter_.seqs().first, .last = std::min(filter_.seqs().last, end_seq_)},
                  options.loop.number) {}

  ExitCode run() {
    const std::uint64_t passes = options_.loop.number;
    for (std::uint64_t pass = 0; passes == 0 || pass < passes; ++pass) {
      const std::uint64_t before = met_;
      if (!replay_once(pass == 0)) break;
      // What has nothing to put would be read for ever.
      if (met_ == before) break;
    }
    return finish();
  }

 private:
  PaceOptions pace_options() {
    PaceOptions pace = options_.pace();
    pace.on_long_wait = [this](std::chrono::nanoseconds time) {
      cli::complain("the next record, seq " + std::to_string(next_seq_) + ", is due in " + long_wait_text(time) +
                    ": --max-pause shortens it");
    };
    return pace;
  }

  // False: that was the end, whatever is left.
  bool replay_once(bool first_pass) {
    cat::ArchiveSource source(archive_);
    source.stop_when([this] { return stop_.requested(); });
    next_seq_ = filter_.seqs().first;
    cat::go_to_start(source, filter_, std::nullopt);
    // Not what comes meanwhile: it may be what is written here.
    source.pause_at(end_seq_);
    pace_.begin_anew();
    while (const auto item = source.next()) {
      if (const auto* const record = std::get_if<cat::Record>(&*item)) {
        if (filter_.wants(*record) && !put(*record)) return false;
        next_seq_ = record->seq + 1;
        progress_.pass(record->seq);
        if (filter_.is_last(*record)) break;
      } else if (first_pass && filter_.wants(std::get<cat::Gap>(*item))) {
        tell(std::get<cat::Gap>(*item));
      }
    }
    if (first_pass) losses_.add_damaged_bytes(source.damaged_bytes());
    interrupted_ = source.is_stopped();
    return !interrupted_;
  }

  bool put(const cat::Record& record) {
    next_seq_ = record.seq;
    if (!record.time_ns && options_.speed.times && !std::exchange(told_precision_, true)) {
      cli::complain(precision(archive_));
    }
    if (!pace_.wait_for(record.any_time_ns().value_or(0))) {
      interrupted_ = true;
      return false;
    }
    ++met_;
    if (!sink_->put(record.bytes, record.type, {.input = archive_, .unit = "seq", .number = record.seq})) return false;
    return true;
  }

  // In its place among what is said of the records.
  void tell(const cat::Gap& gap) {
    losses_.add(gap);
    cli::say(cat::gap_line(gap));
  }

  ExitCode finish() {
    const ExitCode code = sink_->finish("empty record");
    if (interrupted_) {
      cli::complain("stopped by a signal before seq " + std::to_string(next_seq_) + "; " + sink_->summary());
    } else if (options_.verbose) {
      cli::complain(sink_->summary());
    }
    if (!interrupted_ && !sink_->stopped_short()) cat::tell_unseen_producers(filter_);
    if (!losses_.any()) return code;
    cli::complain(losses_.sentence(archive_));
    return code == ExitCode::ok ? ExitCode::lost : code;
  }

  const Options& options_;
  const std::string& archive_;
  cat::Filter filter_;
  std::uint64_t end_seq_;
  write::StopSignals stop_;
  Segment ring_;
  std::unique_ptr<write::Sink> sink_;
  SignalTimer timer_;
  Pace pace_;
  cat::Losses losses_;
  cat::ArchiveProgress progress_;
  std::uint64_t met_ = 0;       // wanted records whose time has come, in all passes
  std::uint64_t next_seq_ = 0;  // of the record whose turn it is
  bool told_precision_ = false;
  bool interrupted_ = false;  // by a signal, while no record waited for space
};

}  // namespace

ExitCode replay(const Options& options) {
  return Replay(options).run();
}

}  // namespace logbuf::replay
