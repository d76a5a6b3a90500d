#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/archive.hpp>
#include <logbuf/keeper.hpp>

#include "archive/block.hpp"
#include "archive/producer_names.hpp"
#include "archive/segment_file.hpp"
#include "archive/span_cut.hpp"
#include "archive/writer_state.hpp"
#include "platform/failure.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

std::unexpected<std::error_code> Writer::State::refuse(const std::string& why) const {
  return failure(std::make_error_code(std::errc::invalid_argument), label() + ": " + why);
}

std::expected<void, std::error_code> Writer::State::check_name(std::uint16_t slot, const std::string& name) const {
  if (name.size() <= format::kMaxProducerName) return {};
  return refuse("the name of the producer in slot " + std::to_string(slot) + " has " + std::to_string(name.size()) +
                " bytes (at most " + std::to_string(format::kMaxProducerName) + ")");
}

std::expected<void, std::error_code> Writer::State::usable() const {
  if (broken) return failure(broken, broken_detail);
  return {};
}

Writer::State::Mark Writer::State::mark() const {
  return {.end = now.end,
          .end_record = now.end_record,
          .next_seq = now.next_seq,
          .size = now.segment ? now.segment->size() : 0,
          .refused = now.refused};
}

std::expected<void, std::error_code> Writer::State::broke(std::error_code error) {
  broken = error;
  broken_detail = error_detail();
  return std::unexpected(error);
}

std::expected<void, std::error_code> Writer::State::take_sync(std::expected<void, int> result) {
  if (!result) return broke(now.segment->sync_failed(directory, result.error()));
  now.segment->synced_to(under_way.size);
  synced = std::move(under_way);
  any_synced = true;
  return {};
}

std::expected<void, std::error_code> Writer::State::sync() {
  if (auto ok = usable(); !ok) return ok;
  if (beside->under_way()) {
    if (auto taken = take_sync(beside->take()); !taken) return taken;
  }
  if (now.segment && !now.segment->all_synced()) {
    if (auto done = now.segment->sync(directory); !done) return broke(done.error());
  }
  synced = mark();
  any_synced = true;
  return {};
}

std::expected<void, std::error_code> Writer::State::seal() {
  if (auto ok = usable(); !ok || !now.segment) return ok;
  if (beside->under_way()) {
    if (auto taken = take_sync(beside->take()); !taken) return taken;
  }
  const Ending ending{
      .end = now.end.value_or(0), .end_seq = now.next_seq, .end_record = now.end_record, .refused = now.refused};
  if (auto finished = now.segment->finish(directory, ending); !finished) return finished;
  if (auto done = sync(); !done) return done;
  auto sealed = now.segment->seal(directory);
  if (now.segment->name().sealed) {  // renamed, even if the directory could not be synced
    now.newest = now.segment->name();
    now.newest_seal = now.segment->digest();
    now.segment.reset();
    if (options.sealed) options.sealed();
  }
  return sealed;
}

std::expected<void, std::error_code> Writer::State::begin_file(Position first_position) {
  auto segment = new_file(first_position, true);
  if (!segment) return std::unexpected(segment.error());
  now.newest = segment->name();
  now.newest_seal = {};
  now.segment = std::move(*segment);
  return {};
}

// A file that comes next, with what is known now; under its name, or not yet.
std::expected<OpenSegment, std::error_code> Writer::State::new_file(Position first_position, bool publish) {
  std::uint64_t salt = 0;
  if (const auto got = platform::random_bytes(std::as_writable_bytes(std::span(&salt, 1))); !got) {
    return system_failure(label() + ": no random bytes for a new file", got.error());
  }
  if (now.archive_uuid == Uuid{}) {
    if (const auto got = platform::random_bytes(now.archive_uuid); !got) {
      return system_failure(label() + ": no random bytes for a new archive", got.error());
    }
    directory.name_archive(now.archive_uuid);
  }
  const SegmentName name{.first_seq = now.next_seq,
                         .start = start_after(now.newest, now.next_seq, platform::wall_clock_ns()),
                         .ring = ring.name,
                         .sealed = false};
  if (!SegmentName::parse(name.file_name())) {
    return failure(Errc::damaged_archive,
                   label() + ": no file can come after " + now.newest->file_name() + " (move it out of the directory)");
  }
  Preamble preamble{
      .producers = now.producers.from(first_position), .refused = {}, .first_record = now.end_record.value_or(0)};
  for (const auto& [slot, refused] : now.refused) preamble.refused.push_back(refused);
  const Lineage lineage{
      .archive_uuid = now.archive_uuid, .previous_seal = now.newest_seal, .first_record = now.end_record};
  const auto header = make_file_header(ring, now.next_seq, first_position, salt, lineage);
  return publish ? OpenSegment::create(directory, name, header, preamble)
                 : OpenSegment::begin(directory, name, header, preamble);
}

// A file for blocks of this size: the one in use, or a new one where they would carry it past rotate_size.
std::expected<void, std::error_code> Writer::State::make_room(std::uint64_t bytes, Position begin) {
  if (auto ok = usable(); !ok) return ok;
  if (now.segment &&
      (now.segment->finished() || (now.segment->holds_blocks() &&
                                   now.segment->size() + bytes + now.segment->ending_size() > options.rotate_size))) {
    if (auto sealed = seal(); !sealed) return sealed;
  }
  return now.segment ? std::expected<void, std::error_code>{} : begin_file(begin);
}

std::expected<void, std::error_code> Writer::State::put(std::span<const Piece> pieces) {
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += sizeof(format::BlockHeader) + piece.payload.size();
  if (auto room = make_room(bytes, pieces.front().begin); !room) return room;
  if (auto appended = now.segment->append(directory, pieces); !appended) return appended;
  for (const Piece& piece : pieces) take_in(piece);
  return {};
}

void Writer::State::take_in(const Piece& piece) {
  now.end = piece.end;
  now.next_seq += piece.records;
  now.end_record = block::end_record(piece.type, piece.first_record, piece.records, now.end_record);
}

Piece Writer::State::remark(format::BlockType type, Position here, std::span<const std::byte> payload) const {
  return {.type = type,
          .begin = here,
          .end = here,
          .first_seq = now.next_seq,
          .first_record = now.end_record.value_or(0),
          .times = {},
          .drain_time_ns = {},
          .payload = payload};
}

Writer::Writer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

std::expected<Writer, std::error_code> Writer::open(const std::filesystem::path& directory, const RingIdentity& ring,
                                                    const WriterOptions& options) {
  if (!is_ring_name(ring.name)) {
    return failure(Errc::invalid_name, "archive " + directory.string() + ": \"" + ring.name +
                                           "\" is no ring's name (1 to 128 of A-Z a-z 0-9 . _ -)");
  }
  if (!std::has_single_bit(ring.capacity) || ring.capacity < format::kAlignment) {
    return failure(Errc::invalid_capacity, "archive " + directory.string() + ": ring " + ring.name +
                                               " cannot have capacity " + std::to_string(ring.capacity) +
                                               " (a power of two, from 8)");
  }
  auto locked = Directory::open_locked(directory);
  if (!locked) return std::unexpected(locked.error());
  auto recovered = recover(*locked, ring);
  if (!recovered) return std::unexpected(recovered.error());
  auto state = std::make_unique<State>(
      State{.directory = std::move(*locked), .ring = ring, .options = options, .now = std::move(*recovered)});
  if (state->now.archive_uuid != Uuid{}) state->directory.name_archive(state->now.archive_uuid);
  state->synced = state->mark();
  state->any_synced = !state->now.segment;  // all is sealed
  return Writer(std::move(state));
}

std::optional<Position> Writer::end_position() const noexcept {
  return state_->now.end;
}
std::optional<std::uint64_t> Writer::end_record() const noexcept {
  return state_->now.end_record;
}
std::uint64_t Writer::next_seq() const noexcept {
  return state_->now.next_seq;
}
std::uint64_t Writer::torn_bytes() const noexcept {
  return state_->now.torn_bytes;
}

std::uint64_t Writer::damaged_bytes() const noexcept {
  return state_->now.damaged_bytes;
}

std::expected<void, std::error_code> Writer::append(const Span& span) {
  const State& s = *state_;
  const auto text = [](std::uint64_t n) { return std::to_string(n); };
  if (s.now.end && span.begin != *s.now.end) {
    return s.refuse("a span begins at position " + text(span.begin) + ", but the archive ends at " + text(*s.now.end) +
                    " (append what is between, or a gap)");
  }
  if (span.bytes.size() % format::kAlignment != 0 || span.begin % format::kAlignment != 0 ||
      span.end % format::kAlignment != 0) {
    return s.refuse("a span of " + text(span.bytes.size()) + " bytes at positions " + text(span.begin) + " to " +
                    text(span.end) + " is not aligned to 8");
  }
  if (span.end < span.begin || span.end - span.begin < span.bytes.size() || span.end - span.begin > s.ring.capacity) {
    return s.refuse("a span of " + text(span.bytes.size()) + " bytes does not fit positions " + text(span.begin) +
                    " to " + text(span.end) + " of a ring of " + text(s.ring.capacity));
  }
  if (span.records > span.bytes.size() / record::kHeaderSize ||
      span.records > std::numeric_limits<std::uint64_t>::max() - s.now.next_seq) {
    return s.refuse("a span of " + text(span.bytes.size()) + " bytes cannot hold " + text(span.records) + " records");
  }
  if (auto ok = s.usable(); !ok || span.begin == span.end) return ok;
  cut_span(span, s.now.next_seq, s.ring.timestamps, state_->span_pieces);
  return state_->put(state_->span_pieces);
}

std::expected<void, std::error_code> Writer::append(const ProducerName& producer) {
  State& s = *state_;
  if (auto ok = s.check_name(producer.slot, producer.name); !ok) return ok;
  if (auto ok = s.usable(); !ok) return ok;
  if (s.now.segment && !s.now.segment->finished()) {
    const Position here = s.now.end.value_or(producer.from);
    const auto payload = block::encode(producer);
    const Piece piece = s.remark(format::BlockType::producer, here, payload);
    if (auto appended = s.now.segment->append(s.directory, std::span(&piece, 1)); !appended) return appended;
  }
  // Without a file in use: the next one begins with it.
  s.now.producers.add(producer, s.now.end.value_or(0));
  return {};
}

std::expected<void, std::error_code> Writer::append(const Gap& gap) {
  const State& s = *state_;
  if (s.now.end && gap.from != *s.now.end) {
    return s.refuse("a gap begins at position " + std::to_string(gap.from) + ", but the archive ends at " +
                    std::to_string(*s.now.end));
  }
  if (gap.from > gap.to || gap.from % format::kAlignment != 0 || gap.to % format::kAlignment != 0) {
    return s.refuse("a gap cannot go from position " + std::to_string(gap.from) + " to " + std::to_string(gap.to));
  }
  const auto payload = block::encode(gap);
  return state_->put({.type = format::BlockType::gap,
                      .begin = gap.from,
                      .end = gap.to,
                      .first_seq = s.now.next_seq,
                      .first_record = gap.end_record.value_or(0),
                      .times = {},
                      .drain_time_ns = {},
                      .payload = payload});
}

std::expected<void, std::error_code> Writer::append(const Refused& refused) {
  State& s = *state_;
  if (auto ok = s.check_name(refused.slot, refused.producer); !ok) return ok;
  if (s.now.end && refused.at != *s.now.end) {
    return s.refuse("a count of refused records stands at position " + std::to_string(refused.at) +
                    ", but the archive ends at " + std::to_string(*s.now.end));
  }
  if (refused.at % format::kAlignment != 0) {
    return s.refuse("a count of refused records cannot stand at position " + std::to_string(refused.at));
  }
  const std::uint64_t known = this->refused(refused.slot);
  if (auto ok = s.usable(); !ok || refused.total <= known) return ok;
  const auto payload = block::encode(refused, refused.total - known);
  auto put = s.put(s.remark(format::BlockType::refused, refused.at, payload));
  if (put) s.now.refused[refused.slot] = refused;
  return put;
}

std::uint64_t Writer::refused(std::uint16_t slot) const noexcept {
  const auto known = state_->now.refused.find(slot);
  return known == state_->now.refused.end() ? 0 : known->second.total;
}

std::expected<void, std::error_code> Writer::sync() {
  return state_->sync();
}

bool Writer::is_there() const noexcept {
  const State& s = *state_;
  return s.directory.file().has_name() && (!s.now.segment || s.now.segment->has_name());
}

std::expected<bool, std::error_code> Writer::sync_beside() {
  State& s = *state_;
  if (auto ok = s.usable(); !ok) return std::unexpected(ok.error());
  if (s.beside->under_way()) {
    const auto result = s.beside->take_if_over();
    if (!result) return true;
    if (auto taken = s.take_sync(*result); !taken) return std::unexpected(taken.error());
  }
  return false;
}

std::expected<void, std::error_code> Writer::begin_sync(std::function<void()> over) {
  State& s = *state_;
  const auto under_way = sync_beside();
  if (!under_way) return std::unexpected(under_way.error());
  if (*under_way || !s.now.segment || s.now.segment->all_synced()) return {};
  s.under_way = s.mark();
  if (const auto begun = s.now.segment->begin_sync(s.directory, *s.beside, std::move(over)); !begun)
    return s.broke(begun.error());
  return {};
}

std::optional<Position> Writer::synced_position() const noexcept {
  return state_->any_synced ? state_->synced.end : std::nullopt;
}
std::uint64_t Writer::synced_seq() const noexcept {
  return state_->any_synced ? state_->synced.next_seq : 0;
}

std::expected<void, std::error_code> Writer::write_again() {
  return state_->write_again();
}

std::expected<void, std::error_code> Writer::cut_unsynced() {
  State& s = *state_;
  if (!s.now.segment) return {};
  s.unsynced.reset();
  if (const auto cut = s.now.segment->cut_unsynced(); !cut) {
    return system_failure(s.label() + ": what could not be made durable cannot be cut off either", cut.error());
  }
  return {};
}

std::expected<void, std::error_code> Writer::seal() {
  return state_->seal();
}

std::expected<void, std::error_code> Writer::stop() {
  State& s = *state_;
  if (auto done = s.sync(); !done || !s.now.segment) return done;
  OpenSegment& segment = *s.now.segment;
  if (segment.finished() || segment.stopped()) return {};
  const Piece piece = s.remark(format::BlockType::stop, s.now.end.value_or(0), {});
  // Where the disk has no room for it, all is durable nevertheless.
  (void)segment.append(s.directory, std::span(&piece, 1));
  return {};
}

std::expected<Keeper, std::error_code> Writer::keeper() const {
  return Keeper::beside(state_->directory);
}

std::expected<void, std::error_code> Writer::rotate_if_due() {
  const auto due = rotation_due_in();
  return due && due->count() == 0 ? state_->seal() : state_->usable();
}

void Writer::set_rotation(std::uint64_t size_bytes, std::chrono::nanoseconds age) noexcept {
  state_->options.rotate_size = size_bytes;
  state_->options.rotate_age = age;
}

std::optional<std::chrono::nanoseconds> Writer::rotation_due_in() const noexcept {
  const State& s = *state_;
  if (s.options.rotate_age.count() <= 0 || !s.now.segment) return std::nullopt;
  if (s.now.next_seq == s.now.segment->name().first_seq) return std::nullopt;  // no record yet
  const std::chrono::nanoseconds age(platform::monotonic_clock_ns() - s.now.segment->made_ns());
  return std::max(std::chrono::nanoseconds(0), s.options.rotate_age - age);
}

}  // namespace logbuf::archive
