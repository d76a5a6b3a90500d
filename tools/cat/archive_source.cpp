#include "archive_source.hpp"

#include <utility>

#include "failure.hpp"

namespace logbuf::cat {
namespace {

// To ask whether to stop may take a system call.
constexpr std::uint64_t read_between_asking = 256;

archive::Reader open_reader(const std::filesystem::path& target) {
  auto reader = archive::Reader::open(target);
  if (!reader) cli::die(reader.error(), "archive " + target.string() + " cannot be opened");
  return std::move(*reader);
}

}  // namespace

ArchiveSource::ArchiveSource(const std::filesystem::path& target) : target_(target), reader_(open_reader(target)) {}

void ArchiveSource::seek(std::uint64_t seq) {
  if (const auto sought = reader_.seek_seq(seq); !sought) {
    cli::die(sought.error(), "archive " + target_.string() + " cannot be read");
  }
}

void ArchiveSource::seek_time(std::int64_t time_ns) {
  if (const auto sought = reader_.seek_time(time_ns); !sought) {
    cli::die(sought.error(), "archive " + target_.string() + " cannot be read");
  }
}

std::uint64_t ArchiveSource::end_seq() {
  const auto end = reader_.end_seq();
  if (!end) cli::die(end.error(), "archive " + target_.string() + " cannot be read");
  return *end;
}

void ArchiveSource::limit_gaps(TimeRange times) {
  times_ = times;
  before_ = times.since.has_value();
  behind_ = false;
  damage_passed_bytes_ = damage_outside_bytes_ = 0;
}

bool ArchiveSource::read(std::optional<Item>& into) {
  if (behind_pause_) {
    if (pause_seq_) return false;
    into = std::exchange(behind_pause_, std::nullopt);
    return true;
  }
  if (!pause_seq_) return read_now(into);
  const archive::Totals& totals = reader_.totals();
  const std::uint64_t seq_before = totals.next_seq;
  const std::uint64_t damage_before_bytes = totals.damaged_bytes;
  if (!read_now(into)) return false;
  if (!is_behind_pause(*into, seq_before)) return true;
  behind_pause_ = std::exchange(into, std::nullopt);
  damage_paused_bytes_ = damage_before_bytes;
  return false;
}

// A gap that takes no seq, right at the pause, may have been there before what comes behind it.
bool ArchiveSource::is_behind_pause(const Item& item, std::uint64_t seq_before) const {
  if (const auto* const record = std::get_if<Record>(&item)) return record->seq >= *pause_seq_;
  return seq_before >= *pause_seq_ && reader_.totals().next_seq > *pause_seq_;
}

// Into its place: to build it elsewhere and copy it there takes longer than all else that is done to a small record.
bool ArchiveSource::read_now(std::optional<Item>& into) {
  auto next = reader_.next();
  if (!next) cli::die(next.error(), "archive " + target_.string() + " cannot be read");
  if (!*next) return false;
  if (auto* gap = std::get_if<archive::Gap>(&**next)) {
    into = Gap{.kind = Gap::Kind::lost,
               .records = gap->lost,
               .from = gap->from,
               .to = gap->to,
               .why = std::move(gap->why),
               .slot = gap->slot,
               .producer = std::move(gap->producer)};
    return true;
  }
  into.emplace(std::in_place_type<Record>, record_of(std::get<archive::Record>(**next)));
  return true;
}

// True: it is as much too early or too late as the one before it, and so is what is missing between the two.
bool ArchiveSource::pass(const Record& record) {
  if (!times_.is_limited()) return false;
  const std::int64_t time_ns = *record.any_time_ns();
  const bool was_behind = std::exchange(behind_, times_.is_late(time_ns));
  before_ = before_ && times_.is_early(time_ns);
  const bool outside = before_ || (was_behind && behind_);
  const std::uint64_t damage_bytes = reader_.totals().damaged_bytes;
  if (outside) {
    held_.clear();
    damage_outside_bytes_ += damage_bytes - damage_passed_bytes_;
  }
  damage_passed_bytes_ = damage_bytes;
  return outside;
}

std::optional<Item> ArchiveSource::next_held() {
  if (held_.empty()) return std::exchange(behind_held_, std::nullopt);
  Gap gap = std::move(held_.front());
  held_.pop_front();
  return gap;
}

bool ArchiveSource::must_stop() {
  if (!stop_wanted_ || stopped_) return stopped_;
  if (until_asked_ > 0) {
    --until_asked_;
    return false;
  }
  until_asked_ = read_between_asking - 1;
  stopped_ = stop_wanted_();
  return stopped_;
}

std::optional<Item> ArchiveSource::next() {
  return behind_held_ ? next_held() : next_read();
}

std::span<const archive::Record> ArchiveSource::more() {
  const bool all_told = !times_.is_limited() && !pause_seq_ && !behind_pause_ && !behind_held_;
  return all_told ? reader_.more() : std::span<const archive::Record>{};
}

std::optional<Item> ArchiveSource::next_read() {
  std::optional<Item> item(std::nullopt);
  while (!must_stop() && read(item)) {
    if (auto* const gap = std::get_if<Gap>(&*item)) {
      if (!before_ && !behind_) return item;
      held_.push_back(std::move(*gap));
      continue;
    }
    const auto& record = std::get<Record>(*item);
    if (pass(record)) continue;
    if (held_.empty()) return item;
    behind_held_ = record;
    item = next_held();
    return item;
  }
  if (stopped_) return std::nullopt;
  // What comes next, if anything does, may be wanted; but not behind what is too late.
  if (behind_) held_.clear();
  item = next_held();
  if (!item) pause_seq_.reset();
  return item;
}

std::uint64_t ArchiveSource::damaged_bytes() const noexcept {
  const std::uint64_t read_bytes = behind_pause_ ? damage_paused_bytes_ : reader_.totals().damaged_bytes;
  const std::uint64_t passed_bytes = behind_ ? damage_passed_bytes_ : read_bytes;
  return passed_bytes - damage_outside_bytes_;
}

void ArchiveSource::wait(std::chrono::nanoseconds timeout) {
  if (!watch_) {
    // What came before the watch was there is not told by it: look once more first.
    watch_.emplace(target_);
    return;
  }
  watch_->wait(timeout);
}

}  // namespace logbuf::cat
