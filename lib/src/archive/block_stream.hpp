// An archive's valid blocks, in order, across files; and the gaps between them. All of a Reader that is not
// records.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <logbuf/archive.hpp>

#include "archive/block_walk.hpp"
#include "archive/index.hpp"
#include "archive/producer_names.hpp"
#include "archive/segment_sequence.hpp"
#include "archive/stream_observer.hpp"

namespace logbuf::archive {

class BlockStream {
 public:
  enum class Found {
    block,  // header() and payload(): valid, and not seen before
    gap,    // gap()
    end,    // for now
  };

  static std::expected<BlockStream, std::error_code> open(const std::filesystem::path& target);

  std::expected<Found, std::error_code> next();
  // Start over. Blocks that end before `seq`, or whose records are all older than `time_ns`, are passed without reading
  // their payload.
  std::expected<void, std::error_code> seek(std::uint64_t seq);
  std::expected<void, std::error_code> seek_time(std::int64_t time_ns);
  // The seq behind the archive's last record.
  std::expected<std::uint64_t, std::error_code> end_seq();

  // After `block`; until the next call.
  const format::BlockHeader& header() const noexcept { return block_; }
  std::span<const std::byte> payload() const noexcept { return walk_->payload(); }
  Gap take_gap() noexcept { return std::move(*gap_); }
  // From now on; it outlives the stream, or is taken away again.
  void observe(StreamObserver* observer) noexcept { observer_ = observer; }
  // Counts a block that turned out to make no sense as damage.
  void discard(const char* why);

  const RingIdentity& ring() const noexcept { return ring_; }
  const Totals& totals() const noexcept { return totals_; }
  Totals& totals() noexcept { return totals_; }
  std::uint64_t wanted_seq() const noexcept { return wanted_seq_; }
  // Nothing of this block is wanted.
  bool before_wanted(const format::BlockHeader& block) const noexcept;
  // Once after the stream has gone to the middle of a file: the names that are in use there.
  std::optional<ProducerNames> take_names() noexcept { return std::exchange(names_, std::nullopt); }

 private:
  // One step of next(); nothing: take another.
  using Step = std::expected<std::optional<Found>, std::error_code>;

  Step read_block();
  std::expected<bool, int> end_is_whole() const;
  Step arrive();
  Step pass_double();
  Step resynchronise();
  Step at_end(const char* fault);
  Step end_of_files();
  Step next_file();
  Step tell_foreign();
  Step begin_file(OpenedSegment segment);
  std::expected<void, std::error_code> begin_at(std::uint64_t wanted_seq, std::int64_t wanted_time_ns);
  std::expected<void, int> jump(const format::FileHeader& header);
  std::expected<const FileEnd*, int> end_of(const platform::File& file, const format::FileHeader& header);
  void leave_file();
  std::expected<BlockWalk::Sight, int> see();
  bool wants_payload() const noexcept;
  bool is_double() const noexcept;
  bool was_written_again() const noexcept;
  bool find_gap(const Uuid& uuid, std::uint64_t first_seq, Position begin);
  bool emit(Gap gap);
  void note_damage(const char* fault, std::uint64_t bytes);
  void tell_damage(std::uint64_t offset, std::uint64_t bytes) const;
  void tell_torn(std::uint64_t offset, std::uint64_t bytes) const;
  std::unexpected<std::error_code> cannot_read(int error) const;

  SegmentSequence files_;
  RingIdentity ring_;
  Totals totals_;
  std::optional<BlockWalk> walk_;    // through the file in use
  std::string label_;                // of the file in use
  std::filesystem::path path_;       // likewise
  std::optional<SegmentName> name_;  // likewise
  StreamObserver* observer_ = nullptr;
  format::BlockHeader block_{};  // the block found
  std::optional<Gap> gap_;

  // What is expected next: totals_.next_seq, and for each ring the position it has reached.
  std::map<Uuid, Position> reached_;
  std::uint64_t wanted_seq_ = 0;
  std::int64_t wanted_time_ns_ = std::numeric_limits<std::int64_t>::min();
  bool jumps_ = false;  // the place where the wanted records begin has not been found yet
  std::optional<ProducerNames> names_;
  struct KnownEnd {
    std::uint64_t salt = 0;
    FileEnd end;
  };
  std::optional<KnownEnd> known_end_;  // of the file whose end was read last
  struct Left {
    std::uint64_t salt = 0;
    BlockWalk::Window window;
  };
  std::optional<Left> left_;  // of the sealed file that a seek left

  // Where a bad index or seal would have brought us, if its header is to be believed.
  struct Claim {
    std::uint64_t seq = 0;
    Position end = 0;
  };
  std::string damage_;  // why what was passed over since the last valid block is not readable
  std::optional<Claim> damage_claims_;
  std::optional<std::uint64_t> told_lost_;  // a gap at the end was already reported, with this many records

  bool final_ = false;             // the file in use is written no more
  bool sealed_here_ = false;       // its last valid block is its seal
  bool left_sealed_ = false;       // the file before it was left behind its seal
  bool goes_back_ = false;         // else: it begins before where that one has brought us
  bool tail_counted_ = false;      // its unreadable end is in the totals
  std::uint64_t torn_before_ = 0;  // torn bytes of the files before
};

}  // namespace logbuf::archive
