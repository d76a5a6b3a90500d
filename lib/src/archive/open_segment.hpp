// The segment file in use: blocks go to its end until it is sealed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/background_sync.hpp"
#include "archive/directory.hpp"
#include "archive/format.hpp"
#include "archive/index.hpp"
#include "archive/segment_file.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

// A block, as far as it is not the file's to know.
struct Piece {
  format::BlockType type = format::BlockType::data;
  Position begin = 0;
  Position end = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t records = 0;
  std::uint64_t first_record = 0;
  struct Times {
    std::int64_t min_ns = 0;
    std::int64_t max_ns = 0;
  };
  std::optional<Times> times;                 // of its records; without, it is the time of writing
  std::optional<std::int64_t> drain_time_ns;  // without, it is now
  std::span<const std::byte> payload;
};

// What a file says at its end.
struct Ending {
  Position end = 0;
  std::uint64_t end_seq = 0;
  std::optional<std::uint64_t> end_record;
  const RefusedTotals& refused;
};

// What a file says before its first record, so that it can be read by itself.
struct Preamble {
  std::vector<ProducerName> producers;
  std::vector<Refused> refused;    // all that was refused before the file
  std::uint64_t first_record = 0;  // the ring's own count of records before the file; 0: not known
};

class OpenSegment {
 public:
  // Makes a file that begins with a preamble. It gets its name when all of that is written, so that nobody ever sees a
  // part of it.
  static std::expected<OpenSegment, std::error_code> create(const Directory& directory, const SegmentName& name,
                                                            const format::FileHeader& header, const Preamble& preamble);
  // The same in two steps. What is appended in between is there with the name, or not at all; errors are errno values.
  static std::expected<OpenSegment, std::error_code> begin(const Directory& directory, const SegmentName& name,
                                                           const format::FileHeader& header, const Preamble& preamble);
  std::expected<void, int> publish(const Directory& directory);
  // Removes the file, whatever its name is by now.
  void discard(const Directory& directory) const;
  // A file found in the directory, cut to `size`.
  struct Found {
    std::uint64_t size = 0;  // bytes
    std::uint64_t next_number = 0;
    bool finished = false;  // it has its seal
    bool stopped = false;   // its last block is a stop
    Summary summary;
  };
  OpenSegment(platform::File file, SegmentName name, const format::FileHeader& header, Found found);

  // Blocks, in one write. On an error the file is as it was before.
  std::expected<void, std::error_code> append(const Directory& directory, std::span<const Piece> pieces);
  // Writes index and seal, if they are not there yet. No block comes behind them. On an error as append().
  std::expected<void, std::error_code> finish(const Directory& directory, const Ending& ending);
  std::expected<void, std::error_code> sync(const Directory& directory);
  // The same beside the caller: all of the file up to size() now, which synced_to() is told when it is done.
  std::expected<void, std::error_code> begin_sync(const Directory& directory, BackgroundSync& beside,
                                                  std::function<void()> over);
  void synced_to(std::uint64_t size);
  std::error_code sync_failed(const Directory& directory, int error) const;
  bool has_name() const noexcept { return file_.has_name(); }
  bool all_synced() const noexcept { return synced_size_ == size_ && name_synced_; }
  // Cuts off what no sync has made durable. The file is not written any more.
  std::expected<void, int> cut_unsynced();
  // Gives it its final name. The caller has finished and synced it.
  std::expected<void, std::error_code> seal(const Directory& directory);

  std::uint64_t size() const noexcept { return size_; }                // bytes
  std::uint64_t synced_size() const noexcept { return synced_size_; }  // bytes
  // Nothing is durable in it but what every file begins with.
  bool only_begun() const noexcept { return synced_size_ <= preamble_end_; }
  // Bytes that finish() would add.
  std::uint64_t ending_size() const noexcept { return finished_ ? 0 : summary_.size(); }
  bool finished() const noexcept { return finished_; }
  // Its last block is a stop.
  bool stopped() const noexcept { return stopped_; }
  const format::Digest& digest() const noexcept { return summary_.digest(); }
  // True if it holds more than producers' names and stops (or was found with any), so that sealing it leaves something
  // behind.
  bool holds_blocks() const noexcept { return holds_blocks_; }
  const SegmentName& name() const noexcept { return name_; }
  std::int64_t made_ns() const noexcept { return made_ns_; }  // by the monotonic clock

 private:
  std::expected<void, int> write(std::span<const Piece> pieces);
  std::expected<void, int> cut_rest();
  std::expected<void, std::error_code> put(const Directory& directory, std::span<const Piece> pieces);
  format::BlockHeader header_of(const Piece& piece, std::uint64_t number, std::uint64_t offset) const noexcept;

  platform::File file_;
  SegmentName name_;
  std::uint64_t salt_ = 0;
  std::int64_t made_ns_ = 0;
  Summary summary_;
  std::uint64_t size_ = 0;
  std::uint64_t synced_size_ = 0;
  std::uint64_t handed_over_ = 0;   // bytes whose way to the disk has begun
  std::uint64_t preamble_end_ = 0;  // of a file that this Writer made
  std::uint64_t next_number_ = 0;
  bool holds_blocks_ = false;
  bool finished_ = false;
  bool stopped_ = false;
  bool published_ = true;
  bool cut_pending_ = false;  // a failed write's bytes could not be cut off yet
  bool name_synced_ = false;
  // Of the last write(), kept for their room.
  std::vector<format::BlockHeader> headers_;
  std::vector<std::span<const std::byte>> bytes_;
};

}  // namespace logbuf::archive
