#include "archive/block_stream.hpp"

#include <algorithm>
#include <utility>

#include "archive/index.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

using Sight = BlockWalk::Sight;

}  // namespace

std::expected<BlockStream, std::error_code> BlockStream::open(const std::filesystem::path& target) {
  auto files = SegmentSequence::open(target);
  if (!files) return std::unexpected(files.error());
  BlockStream stream;
  stream.files_ = std::move(*files);
  // Look at the first file now, so that what is no archive is refused here; it is taken by the first next().
  const auto first = stream.files_.open_next();
  if (!first) return std::unexpected(first.error());
  if (*first == nullptr) return stream;
  const OpenedSegment& segment = **first;
  switch (segment.reading.verdict) {
    case Verdict::good: stream.ring_ = identity_of(segment.reading.header); break;
    case Verdict::wrong_version:
      return failure(Errc::wrong_archive_version, segment.label + ": " + segment.reading.why);
    default:
      if (!segment.name) return failure(Errc::not_an_archive, segment.label + ": " + segment.reading.why);
      stream.ring_.name = segment.name->ring;
  }
  stream.totals_.next_seq = segment.name ? segment.name->first_seq : segment.reading.header.first_seq;
  return stream;
}

std::expected<BlockStream::Found, std::error_code> BlockStream::next() {
  for (;;) {
    auto step = walk_ ? read_block() : next_file();
    if (!step) return std::unexpected(step.error());
    if (*step) return **step;
  }
}

std::unexpected<std::error_code> BlockStream::cannot_read(int error) const {
  return system_failure(label_ + " cannot be read", error);
}

bool BlockStream::before_wanted(const format::BlockHeader& block) const noexcept {
  if (block.time_max_ns < wanted_time_ns_) return true;
  // One that ends at the wanted seq and has no record may hold a hole there.
  return block.first_seq < wanted_seq_ && block.first_seq + block.record_count <= wanted_seq_;
}

bool BlockStream::wants_payload() const noexcept {
  const auto& block = walk_->header();
  return !block::is_type(block, format::BlockType::data) || !before_wanted(block);
}

// The block here, with its payload where that is wanted.
std::expected<Sight, int> BlockStream::see() {
  auto sight = walk_->look();
  if (sight && *sight == Sight::block && wants_payload()) sight = walk_->load();
  return sight;
}

// In a file in use, an index without its seal may be cut off again, and records come in its place.
std::expected<bool, int> BlockStream::end_is_whole() const {
  const auto& block = walk_->header();
  if (!block::is_type(block, format::BlockType::index) || files_.is_sealed()) return true;
  const auto size = walk_->file().size();
  if (!size) return std::unexpected(size.error());
  return *size >= walk_->offset() + sizeof block + block::stored_size(block) + kSealSize;
}

BlockStream::Step BlockStream::read_block() {
  if (sealed_here_) {
    // Nothing comes behind a seal: whether something stands there is known without reading.
    const auto size = walk_->file().size();
    if (!size) return cannot_read(size.error());
    if (*size == walk_->offset()) {
      final_ = final_ || files_.is_sealed();
      return at_end(nullptr);
    }
  }
  const auto sight = see();
  if (!sight) return cannot_read(sight.error());
  switch (*sight) {
    case Sight::block:
      if (const auto whole = end_is_whole(); !whole)
        return cannot_read(whole.error());
      else if (!*whole)
        return at_end(nullptr);
      return arrive();
    case Sight::bad: return resynchronise();
    case Sight::end: return at_end(nullptr);
  }
  return std::nullopt;
}

// A valid block stands here.
BlockStream::Step BlockStream::arrive() {
  totals_.torn_bytes = torn_before_;
  if (is_double()) return pass_double();
  block_ = walk_->header();
  // A gap is told first; the block then is seen again, and fits.
  if (find_gap(ring_.uuid, block_.first_seq, block_.begin)) return Found::gap;
  const bool wanted = wants_payload();
  walk_->pass();
  if (observer_ != nullptr) observer_->pass_block(block_, wanted ? walk_->payload() : std::span<const std::byte>{});
  reached_[ring_.uuid] = block_.end;
  totals_.next_seq = block_.first_seq + block_.record_count;
  goes_back_ = false;
  sealed_here_ = block::is_type(block_, format::BlockType::seal);
  if (block::is_ending(block_)) return std::nullopt;
  totals_.blocks += 1;
  if (!wanted) return std::nullopt;
  return Found::block;
}

bool BlockStream::is_double() const noexcept {
  const auto& block = walk_->header();
  const auto reached = reached_.find(ring_.uuid);
  return block.first_seq < totals_.next_seq || (reached != reached_.end() && block.begin < reached->second);
}

// After a failed sync, what it was for is in the next file, too. A Reader that has seen it in the file before misses
// nothing.
bool BlockStream::was_written_again() const noexcept {
  const auto& block = walk_->header();
  return goes_back_ && block.first_seq + block.record_count <= totals_.next_seq && block.end <= reached_.at(ring_.uuid);
}

// Its records, or some of them, were delivered already: a second time would be worse than not at all.
BlockStream::Step BlockStream::pass_double() {
  const auto block = walk_->header();
  if (was_written_again()) {
    const bool loaded = wants_payload();
    walk_->pass();
    if (observer_ != nullptr) observer_->pass_block(block, loaded ? walk_->payload() : std::span<const std::byte>{});
    return std::nullopt;
  }
  const std::uint64_t end_seq = block.first_seq + block.record_count;
  const std::uint64_t unseen = end_seq > totals_.next_seq ? end_seq - totals_.next_seq : 0;
  Gap gap{.lost = unseen,
          .from = block.begin,
          .to = block.end,
          .why = label_ + ": the block at offset " + std::to_string(walk_->offset()) +
                 " repeats positions or seqs that came before; it is passed over"};
  const std::uint64_t bytes = sizeof block + block::stored_size(block);
  totals_.damaged_bytes += bytes;
  tell_damage(walk_->offset(), bytes);
  totals_.next_seq = std::max(totals_.next_seq, end_seq);
  auto& reached = reached_[ring_.uuid];
  reached = std::max(reached, block.end);
  walk_->pass();
  if (end_seq < wanted_seq_) return std::nullopt;
  emit(std::move(gap));
  return Found::gap;
}

// Something else than a valid block stands here: go on at the next one.
BlockStream::Step BlockStream::resynchronise() {
  const char* fault = walk_->fault();
  std::optional<Claim> claims;
  // Behind any other block there was at least an index; what stood between the two, nobody knows.
  if (walk_->header_valid() && block::is_ending(walk_->header())) {
    const auto& bad = walk_->header();
    claims = Claim{.seq = bad.first_seq + bad.record_count, .end = bad.end};
  }
  const auto found = walk_->find_next();
  if (!found) return cannot_read(found.error());
  if (!*found) {
    damage_claims_ = claims;
    return at_end(fault);
  }
  // The block here may have been in the middle of being written when it was looked at; now that there is one
  // behind it, it is not any more.
  const auto again = see();
  if (!again) return cannot_read(again.error());
  if (*again == Sight::block) return std::nullopt;
  note_damage(fault, **found - walk_->offset());
  walk_->jump(**found);
  return std::nullopt;
}

void BlockStream::tell_damage(std::uint64_t offset, std::uint64_t bytes) const {
  if (observer_ != nullptr) observer_->pass_damage({.file = path_, .offset = offset, .bytes = bytes});
}

void BlockStream::tell_torn(std::uint64_t offset, std::uint64_t bytes) const {
  if (observer_ != nullptr && bytes > 0) observer_->pass_torn({.file = path_, .offset = offset, .bytes = bytes});
}

void BlockStream::note_damage(const char* fault, std::uint64_t bytes) {
  totals_.damaged_bytes += bytes;
  tell_damage(walk_->offset(), bytes);
  if (!damage_.empty()) return;
  damage_ = label_ + ": " + fault + " (offset " + std::to_string(walk_->offset()) + ")";
}

void BlockStream::discard(const char* why) {
  const std::uint64_t bytes = sizeof block_ + block::stored_size(block_);
  totals_.damaged_bytes += bytes;
  tell_damage(walk_->offset() - bytes, bytes);
  if (damage_.empty()) damage_ = label_ + ": " + why + " (offset " + std::to_string(walk_->offset() - bytes) + ")";
}

// Compares where we have arrived with what was expected. True: gap() says what is missing, and it counts as
// passed.
bool BlockStream::find_gap(const Uuid& uuid, std::uint64_t first_seq, Position begin) {
  const std::uint64_t expected = totals_.next_seq;
  const auto known = reached_.find(uuid);
  const Position from = known == reached_.end() ? begin : known->second;
  std::uint64_t lost = first_seq - expected;
  const bool missing = lost > 0 || begin > from;
  if (!missing && damage_.empty()) {
    told_lost_.reset();
    return false;
  }
  Gap gap{.lost = lost, .from = std::min(from, begin), .to = begin, .why = std::move(damage_)};
  if (gap.why.empty()) {
    gap.why = label_ + ": begins at seq " + std::to_string(first_seq) + ", position " + std::to_string(begin) +
              "; seq " + std::to_string(expected) + ", position " + std::to_string(from) +
              " should come first: a segment file is missing";
  }
  damage_.clear();
  damage_claims_.reset();
  totals_.next_seq = first_seq;
  reached_[uuid] = begin;
  if (const auto told = std::exchange(told_lost_, std::nullopt)) {
    if (lost <= *told) return false;  // the gap at the end, which has an end now
    lost -= *told;
    gap.lost = lost;
  }
  const bool before_wanted = expected < wanted_seq_ && first_seq <= wanted_seq_;
  return !before_wanted && emit(std::move(gap));
}

bool BlockStream::emit(Gap gap) {
  totals_.gaps += 1;
  totals_.lost += gap.lost.value_or(0);
  gap_ = std::move(gap);
  return true;
}

// Nothing valid from here to the file's end. `fault`: what stands here instead; nullptr: nothing does.
BlockStream::Step BlockStream::at_end(const char* fault) {
  // Listing a directory for each of its files would be quadratic; a file that was followed by another stays
  // so.
  if (!files_.has_next() || fault != nullptr) {
    if (auto refreshed = files_.refresh(); !refreshed) return std::unexpected(refreshed.error());
  }
  if (!final_) {
    final_ = files_.is_sealed() || files_.has_next() || files_.is_gone();
    if (final_) return std::nullopt;  // look again: only from now on nothing can come after
  }
  const auto size = walk_->file().size();
  if (!size) return cannot_read(size.error());
  const std::uint64_t tail = *size > walk_->offset() ? *size - walk_->offset() : 0;
  if (!final_) {
    totals_.torn_bytes = torn_before_ + tail;
    tell_torn(walk_->offset(), tail);
    if (auto told = tell_foreign(); *told) return told;
    return Found::end;
  }
  if (fault == nullptr && files_.is_sealed() && !sealed_here_) fault = "the file's end is missing, with its seal";
  if (fault != nullptr && !tail_counted_) {
    tail_counted_ = true;
    if (files_.is_sealed()) {
      note_damage(fault, tail);
    } else {
      torn_before_ += tail;
      tell_torn(walk_->offset(), tail);
    }
  }
  totals_.torn_bytes = torn_before_;
  if (!files_.has_next()) return end_of_files();
  if (observer_ != nullptr) observer_->end_file();
  left_sealed_ = sealed_here_;
  walk_.reset();
  return std::nullopt;
}

// Damage that nothing follows: its end is not known, so tell it now rather than never.
BlockStream::Step BlockStream::end_of_files() {
  if (auto told = tell_foreign(); *told) return told;
  if (damage_.empty()) return Found::end;
  const auto known = reached_.find(ring_.uuid);
  const Position from = known == reached_.end() ? 0 : known->second;
  Gap gap{.lost = std::nullopt, .from = from, .to = from, .why = std::exchange(damage_, {})};
  if (const auto claims = std::exchange(damage_claims_, std::nullopt); claims && claims->seq >= totals_.next_seq) {
    gap.lost = claims->seq - totals_.next_seq;
    gap.to = std::max(from, claims->end);
  }
  told_lost_ = gap.lost.value_or(0);
  emit(std::move(gap));
  return Found::gap;
}

// A file of another archive that was met: nothing of this one is missing for it.
BlockStream::Step BlockStream::tell_foreign() {
  auto foreign = files_.take_foreign();
  if (!foreign) return std::nullopt;
  totals_.files += 1;
  totals_.damaged_bytes += foreign->bytes;
  if (observer_ != nullptr)
    observer_->pass_damage({.file = std::move(foreign->path), .offset = 0, .bytes = foreign->bytes});
  const auto known = reached_.find(ring_.uuid);
  const Position here = known == reached_.end() ? 0 : known->second;
  emit({.lost = 0, .from = here, .to = here, .why = std::move(foreign->why)});
  return Found::gap;
}

BlockStream::Step BlockStream::next_file() {
  if (!files_.has_next()) {
    if (auto refreshed = files_.refresh(); !refreshed) return std::unexpected(refreshed.error());
  }
  const auto opened = files_.open_next();
  if (!opened) return std::unexpected(opened.error());
  if (auto told = tell_foreign(); *told) return told;
  if (*opened == nullptr) return end_of_files();
  const OpenedSegment& segment = **opened;
  if (segment.reading.verdict == Verdict::wrong_version) {
    return failure(Errc::wrong_archive_version, segment.label + ": " + segment.reading.why);
  }
  const auto size = segment.size();
  if (!size) return system_failure(segment.label + " cannot be read", size.error());
  label_ = segment.label;
  path_ = segment.path;
  name_ = segment.name;
  final_ = tail_counted_ = sealed_here_ = false;
  if (segment.reading.verdict == Verdict::good) return begin_file(files_.take());
  totals_.files += 1;
  totals_.damaged_bytes += *size;
  tell_damage(0, *size);
  damage_claims_.reset();
  if (damage_.empty()) damage_ = label_ + ": " + segment.reading.why;
  (void)files_.take();
  return std::nullopt;
}

BlockStream::Step BlockStream::begin_file(OpenedSegment segment) {
  const format::FileHeader header = segment.reading.header;
  const bool same_ring = header.ring_uuid == ring_.uuid;
  goes_back_ = false;
  ring_ = identity_of(header);
  totals_.files += 1;
  walk_.emplace(std::move(segment.file), header);
  walk_->pass_unreadable();
  if (observer_ != nullptr) {
    if (const auto begun = observer_->begin_file(path_, header, walk_->file()); !begun)
      return cannot_read(begun.error());
  }
  if (left_ && left_->salt == header.salt) walk_->give_window(std::move(left_->window));
  left_.reset();
  // A header that goes back is left to its blocks: each is compared by itself.
  const auto reached = reached_.find(header.ring_uuid);
  if (header.first_seq < totals_.next_seq || (reached != reached_.end() && header.first_position < reached->second)) {
    goes_back_ = same_ring && reached != reached_.end() && !left_sealed_;
    return std::nullopt;
  }
  if (find_gap(header.ring_uuid, header.first_seq, header.first_position)) return Found::gap;
  if (const auto jumped = jump(header); !jumped) return cannot_read(jumped.error());
  return std::nullopt;
}

}  // namespace logbuf::archive
