// The segment file in use: blocks go to its end until it is sealed.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/directory.hpp"
#include "archive/format.hpp"
#include "archive/segment_file.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

// What a block says about its payload; the rest of its header is the file's to know.
struct BlockFields {
  format::BlockType type = format::BlockType::data;
  Position begin = 0;
  Position end = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t records = 0;
  std::uint64_t first_record = 0;
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
  // A file found in the directory, cut to `size`.
  OpenSegment(platform::File file, SegmentName name, const format::FileHeader& header, std::uint64_t size,
              std::uint64_t next_number);

  // One block. On an error the file is as it was before.
  std::expected<void, std::error_code> append(const Directory& directory, const BlockFields& fields,
                                              std::span<const std::byte> payload);
  std::expected<void, std::error_code> sync(const Directory& directory);
  // Cuts off what no sync has made durable. The file is not written any more.
  std::expected<void, int> cut_unsynced();
  // Gives it its final name. The caller has synced it.
  std::expected<void, std::error_code> seal(const Directory& directory);

  std::uint64_t size() const noexcept { return size_; }  // bytes
  // True if it holds more than producers' names (or was found with any), so that sealing it leaves something behind.
  bool holds_blocks() const noexcept { return holds_blocks_; }
  const SegmentName& name() const noexcept { return name_; }

 private:
  std::expected<void, int> write_block(const BlockFields& fields, std::span<const std::byte> payload);

  platform::File file_;
  SegmentName name_;
  Uuid ring_uuid_{};
  std::uint64_t salt_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t synced_size_ = 0;
  std::uint64_t next_number_ = 0;
  bool holds_blocks_ = false;
  bool cut_pending_ = false;  // a failed write's bytes could not be cut off yet
  bool synced_ = false;
  bool name_synced_ = false;
};

}  // namespace logbuf::archive
