// What a Reader finds, and whether it is right.
#include <algorithm>
#include <cstring>
#include <variant>

#include <logbuf/error.hpp>

#include "archive/index.hpp"
#include "archive/segment_file.hpp"
#include "scene.hpp"

namespace simulation {
namespace {

std::string text(std::uint64_t n) {
  return std::to_string(n);
}

}  // namespace

void Scene::take_record(const archive::Reader& reader, const archive::Record& record, Found& found) {
  const auto ring = std::to_integer<std::uint16_t>(reader.ring().uuid[0]);
  const std::uint64_t n = script_.record_at(record.position);
  const auto label = [&] { return "the record at position " + text(record.position) + ", seq " + text(record.seq); };
  if (n == script_.records().size()) return complain(label() + " was never written");
  const std::string payload = script_.payload(n, ring);
  if (record.bytes.size() != payload.size() || std::memcmp(record.bytes.data(), payload.data(), payload.size()) != 0 ||
      record.slot != script_.records()[n].slot || record.type != static_cast<std::uint16_t>(n) ||
      record.time_ns != script_.time_ns(n)) {
    return complain(label() + " is not what was written");
  }
  if (!found.seqs.emplace(std::pair(ring, n), record.seq).second) complain(label() + " is there twice");
  found.named = found.named && record.producer == script_.name_of(n);
}

void Scene::take_gap(const archive::Gap& gap, Found& found) {
  if (gap.why == kTold) {
    found.told_gaps += 1;
    found.told_lost += gap.lost.value_or(0);
  } else if (gap.why.ends_with("refused at a full ring")) {
    found.refused_gaps += 1;
  } else if (gap.why == kReleased) {
    found.told_gaps += 1;
    if (whole_) complain("a gap at position " + text(gap.from) + ": " + gap.why);
  } else {
    found.lost_is_known = found.lost_is_known && gap.lost.has_value();
    found.lost_at_end = gap.lost.value_or(0);
    if (whole_) complain("a gap at position " + text(gap.from) + ": " + gap.why);
  }
}

// All that a Reader finds.
Scene::Found Scene::look() {
  const Disk::Observer observer(disk_);
  Found found;
  auto reader = archive::Reader::open(kDirectory);
  if (!reader) {
    if (!durable_.empty() || (whole_ && !held_.empty())) complain("no archive any more: " + logbuf::error_detail());
    return found;
  }
  std::optional<std::uint64_t> last;
  for (;;) {
    const auto entry = reader->next();
    if (!entry) {
      complain("it cannot be read: " + logbuf::error_detail());
      break;
    }
    if (!*entry) break;
    if (const auto* gap = std::get_if<archive::Gap>(&**entry)) {
      take_gap(*gap, found);
      continue;
    }
    const auto& record = std::get<archive::Record>(**entry);
    if (last && record.seq <= *last) complain("seq " + text(record.seq) + " comes after " + text(*last));
    last = record.seq;
    found.lost_at_end = 0;
    take_record(*reader, record, found);
  }
  found.totals = reader->totals();
  const std::uint64_t lost = found.totals.lost - found.totals.refused - found.told_lost;
  const std::uint64_t all = found.totals.records + lost;
  // What is lost at the end is told, but the next file may know better.
  if (found.lost_is_known && found.totals.next_seq != all && found.totals.next_seq != all - found.lost_at_end)
    complain("records and losses are " + text(found.totals.records) + " + " + text(lost) + ", the next seq is " +
             text(found.totals.next_seq));
  return found;
}

bool Scene::contains(const Seqs& found, const Seqs& wanted, const char* when, const char* what) {
  for (const auto& [key, seq] : wanted) {
    const auto there = found.find(key);
    if (there != found.end() && there->second == seq) continue;
    complain(std::string(when) + ", record " + text(key.second) + " of ring " + text(key.first) + ", seq " + text(seq) +
             ", is " + (there == found.end() ? "missing" : "seq " + text(there->second)) + ": " + what);
    return false;
  }
  return true;
}

void Scene::judge(const Found& found, const char* when) {
  contains(found.seqs, durable_, when, "it was durable");
  if (!whole_) return;
  contains(found.seqs, held_, when, "it was accepted");
  if (found.totals.damaged_bytes != 0) complain(std::string(when) + ", something is damaged");
  if (!found.named) complain(std::string(when) + ", a record has another's name");
}

// Each sealed file has its index and its seal, and the next one knows it.
void Scene::judge_files() {
  const Disk::Observer observer(disk_);
  const auto listing = archive::list_segments(kDirectory);
  if (!listing) return complain("the directory cannot be listed");
  const auto* const names = &listing->names;
  std::optional<archive::format::Digest> before;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto& name = (*names)[i];
    const auto file = logbuf::platform::File::open(std::filesystem::path(kDirectory) / name.file_name(), 0);
    const auto reading = archive::read_file_header(*file, &name);
    if (reading->verdict != archive::Verdict::good) return complain(name.file_name() + ": " + reading->why);
    const auto& previous = reading->header.previous_seal;
    const bool fits =
        previous == archive::format::Digest{} ? !whole_ || rewritten_ || i == 0 : before && previous == *before;
    if (!fits && !doubted_) complain(name.file_name() + " does not know the seal of the file before");
    before.reset();
    if (!name.sealed) {
      if (i + 1 < names->size() && !rewritten_) complain(name.file_name() + " was not sealed");
      continue;
    }
    const auto end = archive::read_file_end(*file, reading->header);
    if (*end) before = (*end)->seal.seal;
    if (!*end && !doubted_) complain(name.file_name() + " has no seal, or no index");
  }
}

void Scene::judge_end() {
  Found found = look();
  judge(found, "at the end");
  judge_files();
  if (found.totals.torn_bytes != 0) complain("at the end, something is torn");
  if (whole_) {
    std::uint64_t gaps = 0;
    std::map<std::uint16_t, std::uint64_t> refused;
    for (const Step& step : script_.steps()) {
      gaps += step.what == Step::What::gap ? 1U : 0U;
      if (step.what == Step::What::refused) refused[step.slot] = step.total;
    }
    std::uint64_t all_refused = 0;
    for (const auto& [slot, total] : refused) all_refused += total;
    if (found.seqs.size() != script_.records().size()) complain("at the end, records are missing");
    if (found.told_gaps != gaps) complain("at the end, there are " + text(found.told_gaps) + " gaps");
    if (found.totals.refused != all_refused)
      complain("at the end, " + text(found.totals.refused) + " records are told as refused");
  }
  disk_.cut_power({});
  const bool whole = std::exchange(whole_, false);
  found = look();
  contains(found.seqs, durable_, "at the end, without what was not synced", "it was durable");
  if (whole && now_.syncs && !doubted_ && found.seqs.size() != script_.records().size())
    complain("at the end, records that were synced are missing");
  const Disk::Observer observer(disk_);
  const auto listing = archive::list_segments(kDirectory);
  if (!listing || (!disk_.struck() && !std::ranges::all_of(listing->names, &archive::SegmentName::sealed)))
    complain("at the end, without what was not synced, a file that was sealed is not");
  const auto writer = archive::Writer::open(kDirectory, ring(), options());
  if (!writer) return complain("at the end, no Writer can be opened: " + logbuf::error_detail());
  if (writer->next_seq() != found.totals.next_seq) complain("at the end, Writer and Reader count other seqs");
}

}  // namespace simulation
