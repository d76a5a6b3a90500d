#include "archive/segment_sequence.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "archive/directory.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

namespace fs = std::filesystem;

OpenedSegment segment_at(const fs::path& path, platform::File file, std::optional<SegmentName> name) {
  return {.path = path,
          .label = "segment file " + path.string(),
          .name = std::move(name),
          .file = std::move(file),
          .reading = {}};
}

std::expected<void, int> read_header(OpenedSegment& segment) {
  auto reading = read_file_header(segment.file, segment.name ? &*segment.name : nullptr);
  if (!reading) return std::unexpected(reading.error());
  segment.reading = std::move(*reading);
  return {};
}

// All other errors are the file's own: the rest may be sound.
bool is_of_this_process(int error) noexcept {
  return error == ENOMEM || error == EMFILE || error == ENFILE;
}

}  // namespace

std::expected<SegmentSequence, std::error_code> SegmentSequence::open(const fs::path& target) {
  const auto kind = platform::kind_of(target);
  if (!kind) return system_failure("archive " + target.string() + " cannot be opened", kind.error());
  if (*kind == platform::Kind::other) {
    return failure(Errc::not_an_archive, target.string() + " is neither a directory nor a file");
  }
  SegmentSequence sequence;
  sequence.target_ = target;
  sequence.single_ = *kind != platform::Kind::directory;
  if (auto refreshed = sequence.refresh(); !refreshed) return std::unexpected(refreshed.error());
  // A directory that a Writer has opened is an archive before its first record.
  if (!sequence.single_ && sequence.names_.empty() && !platform::kind_of(target / kLockName)) {
    return failure(Errc::not_an_archive, "directory " + target.string() +
                                             " holds no segment files (name the directory of one ring's archive)");
  }
  return sequence;
}

std::expected<void, std::error_code> SegmentSequence::refresh() {
  if (single_) return {};
  if (changed_ns_ && platform::changed_ns(target_) == *changed_ns_) return {};
  auto listing = list_segments(target_);
  if (!listing) return std::unexpected(listing.error());
  names_ = std::move(listing->names);
  if (archive_ == Uuid{}) archive_ = archive_of(target_, names_);
  changed_ns_ = listing->changed_ns;
  const auto among = [](const auto& all, const SegmentName& name) {
    return std::ranges::any_of(all, [&](const SegmentName& one) { return order(one, name) == 0; });
  };
  std::erase_if(foreign_, [&](const SegmentName& name) { return !among(names_, name); });
  std::erase_if(names_, [&](const SegmentName& name) { return among(foreign_, name); });
  return {};
}

const SegmentName* SegmentSequence::next() const noexcept {
  if (!in_use_) return names_.empty() ? nullptr : &names_.front();
  const auto after =
      std::ranges::upper_bound(names_, *in_use_, [](const auto& a, const auto& b) { return order(a, b) < 0; });
  return after == names_.end() ? nullptr : &*after;
}

bool SegmentSequence::has_next() {
  if (single_) return !taken_;
  const auto segment = open_next();
  return !segment || *segment != nullptr;  // an error comes again where it is opened
}

bool SegmentSequence::is_sealed() const noexcept {
  if (single_) {
    if (target_.extension() != fs::path(kOpenSuffix)) return true;
    return !platform::kind_of(target_);  // sealed meanwhile: it has another name now
  }
  if (!in_use_) return false;
  const SegmentName* const listed = find_in_use();
  return listed == nullptr ? in_use_->sealed : listed->sealed;
}

bool SegmentSequence::is_gone() const noexcept {
  return !single_ && in_use_ && find_in_use() == nullptr;
}

const SegmentName* SegmentSequence::find_in_use() const noexcept {
  const auto same = std::ranges::find_if(names_, [&](const auto& name) { return order(name, *in_use_) == 0; });
  return same == names_.end() ? nullptr : &*same;
}

std::expected<OpenedSegment*, std::error_code> SegmentSequence::open_single() {
  if (taken_) return nullptr;
  if (opened_) return &*opened_;
  auto file = platform::File::open(target_, O_RDONLY);
  if (!file) return system_failure("segment file " + target_.string() + " cannot be opened", file.error());
  OpenedSegment segment = segment_at(target_, std::move(*file), SegmentName::parse(target_.filename().native()));
  if (const auto read = read_header(segment); !read)
    return system_failure(segment.label + " cannot be read", read.error());
  return &opened_.emplace(std::move(segment));
}

// nullptr: it has been removed, or is of another archive. Then it is not listed any more.
std::expected<OpenedSegment*, std::error_code> SegmentSequence::open_listed(SegmentName name) {
  const auto drop = [&] { std::erase_if(names_, [&](const SegmentName& one) { return order(one, name) == 0; }); };
  if (opened_ && opened_->name && order(*opened_->name, name) == 0) return &*opened_;
  auto file = platform::File::open(target_ / name.file_name(), O_RDONLY | O_NONBLOCK);
  if (!file && file.error() == ENOENT && !name.sealed) {
    name.sealed = true;  // since the listing
    file = platform::File::open(target_ / name.file_name(), O_RDONLY | O_NONBLOCK);
  }
  // A link that leads nowhere is there all the same.
  if (!file && file.error() == ENOENT && !platform::is_there(target_ / name.file_name())) {
    drop();
    return nullptr;
  }
  const fs::path path = target_ / name.file_name();
  const int cannot_open = file ? 0 : file.error();
  OpenedSegment segment = segment_at(path, file ? std::move(*file) : platform::File(), name);
  const auto read = file ? read_header(segment) : std::unexpected(cannot_open);
  if (!read) {
    const char* const what = file ? "cannot be read" : "cannot be opened";
    if (is_of_this_process(read.error())) return system_failure(segment.label + " " + what, read.error());
    segment.reading.verdict = Verdict::damaged;
    segment.reading.why = std::string("it ") + what + ": " + std::generic_category().message(read.error());
  }
  auto& reading = segment.reading;
  if (reading.verdict == Verdict::good) {
    std::string why = foreignness_of(reading.header, archive_);
    if (!why.empty()) {
      const auto size = segment.file.size();
      untold_.push_back({.path = path, .why = segment.label + ": " + why, .bytes = size.value_or(0)});
      drop();
      foreign_.push_back(std::move(name));
      return nullptr;
    }
  }
  return &opened_.emplace(std::move(segment));
}

std::expected<OpenedSegment*, std::error_code> SegmentSequence::open_next() {
  if (single_) return open_single();
  // Where one was removed since the listing, the seqs of the next will tell what is missing.
  while (const SegmentName* const listed = next()) {
    auto segment = open_listed(*listed);
    if (!segment || *segment != nullptr) return segment;
    // A name of another archive has led us here.
    if (place_) start_at(place_(*this));
  }
  return nullptr;
}

std::expected<OpenedSegment*, std::error_code> SegmentSequence::open_newest() {
  if (single_) {
    taken_ = false;
    return open_single();
  }
  while (!names_.empty()) {
    auto segment = open_listed(names_.back());
    if (!segment || *segment != nullptr) return segment;
  }
  return nullptr;
}

OpenedSegment SegmentSequence::take() {
  taken_ = true;
  place_ = {};
  if (!single_) in_use_ = opened_->name;
  OpenedSegment segment = std::move(*opened_);
  opened_.reset();
  return segment;
}

void SegmentSequence::start_at(std::size_t index) {
  taken_ = false;
  in_use_.reset();
  if (index > 0 && index <= names_.size()) in_use_ = names_[index - 1];
}

void SegmentSequence::seek(std::uint64_t seq) {
  start_where([seq](const SegmentSequence& all) {
    // A gap at this very seq may stand at the end of the file before: so the last file that begins below it.
    const auto from = std::ranges::lower_bound(all.names_, seq, {}, &SegmentName::first_seq);
    return from == all.names_.begin() ? 0 : static_cast<std::size_t>(from - all.names_.begin()) - 1;
  });
}

void SegmentSequence::seek_time(std::int64_t time_ns) {
  start_where([time_ns](const SegmentSequence& all) { return all.place_of(time_ns); });
}

void SegmentSequence::start_where(Place place) {
  place_ = std::move(place);
  start_at(place_(*this));
}

std::optional<ForeignSegment> SegmentSequence::take_foreign() {
  if (untold_.empty()) return std::nullopt;
  ForeignSegment first = std::move(untold_.front());
  untold_.erase(untold_.begin());
  return first;
}

std::size_t SegmentSequence::place_of(std::int64_t time_ns) const {
  // What a file holds was there before the next one was made, whose start may be a second late. In seconds: a name may
  // say a year that nanoseconds do not reach.
  const std::int64_t time_s = time_ns / 1'000'000'000 - (time_ns % 1'000'000'000 < 0 ? 1 : 0);
  std::size_t from = 0;
  // Where the clock was set back in between, nothing is known of what is before.
  while (from + 1 < names_.size() && names_[from + 1].start >= names_[from].start &&
         names_[from + 1].start_s() + 1 <= time_s) {
    ++from;
  }
  return from;
}

}  // namespace logbuf::archive
