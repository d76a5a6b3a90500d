#include "archive_start.hpp"

#include <algorithm>
#include <variant>

namespace logbuf::cat {
namespace {

const Record* record_in(const std::optional<Item>& item) {
  return item ? std::get_if<Record>(&*item) : nullptr;
}

// The first seq that may be of this time or later; none: the archive's end.
std::uint64_t seq_at(ArchiveSource& source, std::int64_t time_ns) {
  source.seek_time(time_ns);
  while (const auto item = source.next()) {
    if (const auto* const record = record_in(item)) return record->seq;
  }
  return source.end_seq();
}

// A seek by time may leave out the gap before the record that it finds, which may lack some of the time that is wanted:
// begin one seq before it.
void go_to_time(ArchiveSource& source, std::int64_t time_ns) {
  const std::uint64_t seq = seq_at(source, time_ns);
  source.seek(seq == 0 ? 0 : seq - 1);
}

// Times need not rise from record to record: one that is too early says nothing about those before it.
bool has_early(ArchiveSource& source, SeqRange seqs, const TimeRange& times) {
  source.seek(seqs.first);
  while (const auto item = source.next()) {
    const auto* const record = record_in(item);
    if (record == nullptr) continue;
    if (record->seq > seqs.last) return false;
    if (times.is_early(*record->any_time_ns())) return true;
  }
  return false;
}

// The last seqs of a range are looked up, rather than all of it read. Where the range ends with a time, what follows
// that place may still be wanted, and where it begins with one, the last seqs may reach back over it.
std::optional<std::uint64_t> go_to_last(ArchiveSource& source, const Filter& filter, std::uint64_t last,
                                        std::uint64_t end) {
  const SeqRange& seqs = filter.seqs();
  const TimeRange& times = filter.times();
  if (times.until) end = std::min(end, seq_at(source, *times.until));
  if (end > seqs.last) end = seqs.last + 1;
  const std::uint64_t from = std::max(seqs.first, end > last ? end - last : 0);
  const bool reaches_back = times.since && from < end && has_early(source, {.first = from, .last = end - 1}, times);
  if (reaches_back) {
    go_to_time(source, *times.since);
  } else {
    source.seek(from);
  }
  return reaches_back || times.until ? std::optional(last) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> go_to_start(ArchiveSource& source, const Filter& filter,
                                         std::optional<std::uint64_t> last) {
  const auto end = last ? std::optional(source.end_seq()) : std::nullopt;
  if (last && filter.is_range()) {
    last = go_to_last(source, filter, *last, *end);
  } else if (filter.seqs().first == 0 && filter.times().since) {
    go_to_time(source, *filter.times().since);
  } else if (filter.seqs().first != 0 || last) {
    source.seek(filter.seqs().first);
  }
  // What a writer adds meanwhile is not among the last.
  if (end) source.pause_at(*end);
  source.limit_gaps(filter.times());
  return last;
}

}  // namespace logbuf::cat
