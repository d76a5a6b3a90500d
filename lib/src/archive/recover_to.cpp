// A clean copy of what is sound of an archive: its valid blocks, file by file, and gaps in the place of the rest.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/block.hpp"
#include "archive/block_stream.hpp"
#include "archive/directory.hpp"
#include "archive/open_segment.hpp"
#include "archive/producer_names.hpp"
#include "archive/segment_file.hpp"
#include "archive/stream_observer.hpp"
#include "platform/failure.hpp"

namespace logbuf::archive {
namespace {

using Done = std::expected<void, std::error_code>;

class Copy final : public StreamObserver {
 public:
  Copy(BlockStream& blocks, Directory directory, const std::function<void(const Finding&)>& found,
       const std::function<void(const RecoveryTotals&)>& passed)
      : blocks_(blocks),
        directory_(std::move(directory)),
        found_(found),
        passed_(passed),
        next_seq_(blocks.totals().next_seq) {
    blocks_.observe(this);
  }
  ~Copy() { blocks_.observe(nullptr); }

  std::expected<RecoveryTotals, std::error_code> run() {
    for (;;) {
      const auto found = blocks_.next();
      if (!found) return std::unexpected(found.error());
      if (*found == BlockStream::Found::end) break;
      const Done done = *found == BlockStream::Found::gap ? take_gap(blocks_.take_gap()) : take_block();
      if (!done) return std::unexpected(done.error());
      if (passed_) passed_(totals_);
    }
    if (const Done closed = close(); !closed) return std::unexpected(closed.error());
    const Totals& totals = blocks_.totals();
    if (totals_.files == 0 && totals.damaged_bytes > 0) {
      return failure(Errc::damaged_archive, "no file of the archive has a sound header: nothing can be recovered");
    }
    totals_.damaged_bytes = totals.damaged_bytes;
    totals_.torn_bytes = totals.torn_bytes;
    return totals_;
  }

  std::expected<void, int> begin_file(const std::filesystem::path&, const format::FileHeader& header,
                                      const platform::File&) override {
    begun_ = header;
    return {};
  }
  void end_file() override {}
  void pass_block(const format::BlockHeader&, std::span<const std::byte>) override {}
  void pass_damage(const Finding::Place& place) override { damaged_.push_back(place); }
  void pass_torn(const Finding::Place&) override {}

 private:
  Done take_block();
  Done take_producer(ProducerName producer);
  Done take_refused(block::RefusedStatement statement);
  Done take_gap(Gap gap);
  Done put(const Piece& piece);
  Piece piece_of(std::span<const std::byte> payload) const;
  Done enter_file();
  Done create(Position begin);
  Done close();
  void tell(const Gap& gap);
  // Where the ring of the file in use has come to.
  std::optional<Position> reached() const {
    const auto known = reached_.find(ring_);
    return known == reached_.end() ? std::nullopt : std::optional(known->second);
  }

  BlockStream& blocks_;
  Directory directory_;
  const std::function<void(const Finding&)>& found_;
  const std::function<void(const RecoveryTotals&)>& passed_;
  RecoveryTotals totals_;
  std::vector<Finding::Place> damaged_;  // since the last gap

  std::optional<format::FileHeader> begun_;  // of a file of which nothing is copied yet
  std::optional<OpenSegment> segment_;
  Uuid ring_{};  // of the file in use
  std::optional<Uuid> archive_uuid_;
  std::optional<SegmentName> newest_;
  format::Digest newest_seal_{};

  std::uint64_t next_seq_;
  std::optional<std::uint64_t> end_record_;
  std::map<Uuid, Position> reached_;
  std::optional<std::int64_t> drain_time_ns_;  // of the last block
  ProducerNames producers_;                    // of this ring
  RefusedTotals refused_;                      // likewise
};

Piece Copy::piece_of(std::span<const std::byte> payload) const {
  const auto& block = blocks_.header();
  return {.type = static_cast<format::BlockType>(block.type),
          .begin = block.begin,
          .end = block.end,
          .first_seq = next_seq_,
          .records = block.record_count,
          .first_record = block.first_record,
          .times = Piece::Times{.min_ns = block.time_min_ns, .max_ns = block.time_max_ns},
          .drain_time_ns = block.drain_time_ns,
          .payload = payload};
}

Done Copy::take_block() {
  const auto& block = blocks_.header();
  if (Done entered = enter_file(); !entered) return entered;
  drain_time_ns_ = block.drain_time_ns;
  switch (static_cast<format::BlockType>(block.type)) {
    case format::BlockType::data: totals_.records += block.record_count; return put(piece_of(blocks_.payload()));
    case format::BlockType::gap:
      if (block::decode_gap(blocks_.payload(), block)) return put(piece_of(blocks_.payload()));
      blocks_.discard("the gap block makes no sense");
      return {};
    case format::BlockType::producer:
      if (auto producer = block::decode_producer(blocks_.payload())) return take_producer(std::move(*producer));
      blocks_.discard("the producer block makes no sense");
      return {};
    case format::BlockType::refused:
      if (auto statement = block::decode_refused(blocks_.payload(), block)) return take_refused(std::move(*statement));
      blocks_.discard("the block of refused records makes no sense");
      return {};
    case format::BlockType::index:
    case format::BlockType::seal:
    case format::BlockType::stop: return {};
  }
  return take_gap({.lost = block.record_count,
                   .from = block.begin,
                   .to = block.end,
                   .why = "a block of type " + std::to_string(block.type) + ", which this program does not know"});
}

// Each file begins with the names in use: those that the copy has already are not said again.
Done Copy::take_producer(ProducerName producer) {
  const Position here = blocks_.header().begin;
  const auto known = producers_.from(here);
  const bool told = std::ranges::any_of(known, [&](const ProducerName& k) {
    return k.slot == producer.slot && k.from == producer.from && k.pid == producer.pid && k.name == producer.name;
  });
  if (told) return {};
  Done done;
  if (!begun_) done = put(piece_of(blocks_.payload()));
  if (done) producers_.add(std::move(producer), here);
  return done;
}

// What a block that is damaged would have told, the next one tells.
Done Copy::take_refused(block::RefusedStatement statement) {
  const std::uint16_t slot = statement.refused.slot;
  const auto known = refused_.find(slot);
  const std::uint64_t total = statement.refused.total;
  const std::uint64_t before = known == refused_.end() ? total - statement.lost : known->second.total;
  if (known != refused_.end() && total <= before) return {};
  Done done;
  if (!begun_ || total > before) {
    const auto payload = block::encode(statement.refused, total - before);
    done = put(piece_of(payload));
  }
  if (done) refused_[slot] = std::move(statement.refused);
  return done;
}

// What the stream has found missing, or cannot be read. The records had seqs.
Done Copy::take_gap(Gap gap) {
  if (Done entered = enter_file(); !entered) return entered;
  const Position begin = reached().value_or(gap.from);
  const Position end = std::max(begin, gap.to);
  if (gap.lost != 0) tell(gap);
  damaged_.clear();
  if ((gap.lost == 0 && begin == end) || (!begun_ && !segment_)) return {};
  totals_.gaps += 1;
  totals_.lost += gap.lost.value_or(0);
  totals_.unknown_losses = totals_.unknown_losses || !gap.lost;
  const auto payload = block::encode(gap);
  return put({.type = format::BlockType::gap,
              .begin = begin,
              .end = end,
              .first_seq = next_seq_,
              .records = gap.lost.value_or(0),
              .first_record = 0,
              .times = {},
              .drain_time_ns = drain_time_ns_,
              .payload = payload});
}

void Copy::tell(const Gap& gap) {
  if (!found_) return;
  found_({.kind = damaged_.empty() ? Finding::Kind::missing : Finding::Kind::damaged,
          .places = damaged_,
          .lost = gap.lost,
          .seq = next_seq_,
          .seqs = gap.lost.value_or(0),
          .from = gap.from,
          .to = gap.to,
          .why = gap.why});
}

Done Copy::put(const Piece& piece) {
  if (begun_) {
    if (Done made = create(piece.begin); !made) return made;
  }
  if (Done appended = segment_->append(directory_, std::span(&piece, 1)); !appended) return appended;
  next_seq_ += piece.records;
  reached_[ring_] = piece.end;
  end_record_ = block::end_record(piece.type, piece.first_record, piece.records, end_record_);
  return {};
}

// The copy of the file before is complete when something of the next one comes.
Done Copy::enter_file() {
  if (!begun_) return {};
  if (Done closed = close(); !closed) return closed;
  if (begun_->ring_uuid == ring_) return {};
  ring_ = begun_->ring_uuid;
  producers_.clear();
  refused_.clear();
  end_record_.reset();
  return {};
}

// A file for what was found in the one begun: as that was, but for what has become of its beginning.
Done Copy::create(Position begin) {
  format::FileHeader header = *begun_;
  begun_.reset();
  const std::string label = "archive " + directory_.path().string();
  if (const auto got = platform::random_bytes(std::as_writable_bytes(std::span(&header.salt, 1))); !got) {
    return system_failure(label + ": no random bytes for a new file", got.error());
  }
  if (header.first_seq != next_seq_ || header.first_position != begin) header.first_record = 0;
  if (!archive_uuid_) archive_uuid_ = header.archive_uuid;
  header.archive_uuid = *archive_uuid_;
  directory_.name_archive(*archive_uuid_);
  header.first_seq = next_seq_;
  header.first_position = begin;
  header.previous_seal = newest_seal_;
  sign(header);
  const SegmentName name{.first_seq = next_seq_,
                         .start = start_after(newest_, next_seq_, header.created_wall_ns),
                         .ring = identity_of(header).name,
                         .sealed = false};
  Preamble preamble{.producers = producers_.from(begin), .refused = {}, .first_record = header.first_record};
  for (const auto& [slot, refused] : refused_) preamble.refused.push_back(refused);
  auto segment = OpenSegment::create(directory_, name, header, preamble);
  if (!segment) return std::unexpected(segment.error());
  segment_.emplace(std::move(*segment));
  newest_ = name;
  totals_.files += 1;
  return {};
}

Done Copy::close() {
  if (!segment_) return {};
  const Ending ending{
      .end = reached().value_or(0), .end_seq = next_seq_, .end_record = end_record_, .refused = refused_};
  if (Done finished = segment_->finish(directory_, ending); !finished) return finished;
  if (Done synced = segment_->sync(directory_); !synced) return synced;
  if (Done sealed = segment_->seal(directory_); !sealed) return sealed;
  newest_seal_ = segment_->digest();
  segment_.reset();
  return {};
}

// Nothing is to be written into the archive that is read.
bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  const auto in = platform::absolute(inner).lexically_normal();
  const auto out = platform::absolute(outer).lexically_normal();
  const auto [rest, end] = std::ranges::mismatch(out, in);
  return rest == out.end() || (rest->empty() && std::next(rest) == out.end());
}

}  // namespace

std::expected<RecoveryTotals, std::error_code> recover_to(const std::filesystem::path& target,
                                                          const std::filesystem::path& directory,
                                                          const std::function<void(const Finding&)>& found,
                                                          const std::function<void(const RecoveryTotals&)>& passed) {
  if (lies_within(directory, target)) {
    return failure(std::make_error_code(std::errc::invalid_argument),
                   "directory " + directory.string() +
                       " lies within the archive that is to be recovered, which is left "
                       "as it is (name another one)");
  }
  auto blocks = BlockStream::open(target);
  if (!blocks) return std::unexpected(blocks.error());
  const auto names = platform::names_in(directory);
  if (!names && names.error() != ENOENT) {
    return system_failure("directory " + directory.string() + " cannot be listed", names.error());
  }
  if (names && !names->names.empty()) {
    return failure(std::make_error_code(std::errc::directory_not_empty),
                   "directory " + directory.string() + " is not empty (name one that is, or that is not there)");
  }
  auto locked = Directory::open_locked(directory);
  if (!locked) return std::unexpected(locked.error());
  auto copied = Copy(*blocks, std::move(*locked), found, passed).run();
  if (copied) return copied;
  // Where nothing was written, nothing is left that would refuse another attempt.
  const std::string detail = error_detail();
  const auto left = platform::names_in(directory);
  if (left && left->names.size() == 1 && left->names.front() == kLockName) {
    if (const auto opened = platform::File::open(directory, O_RDONLY | O_DIRECTORY))
      (void)platform::unlink_in(*opened, kLockName);
  }
  return failure(copied.error(), detail);
}

}  // namespace logbuf::archive
