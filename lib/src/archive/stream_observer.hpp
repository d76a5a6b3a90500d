// Somebody who wants to know of a BlockStream what it does not tell its reader: files, their ends, where damage stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include <logbuf/archive.hpp>

#include "archive/format.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

class StreamObserver {
 public:
  StreamObserver() = default;
  StreamObserver(const StreamObserver&) = delete;
  StreamObserver& operator=(const StreamObserver&) = delete;

  // A file whose header is good, before anything of it is told; the file lives until end_file(), or as long as the
  // stream. Errors are errno values, and stop the stream.
  virtual std::expected<void, int> begin_file(const std::filesystem::path& path, const format::FileHeader& header,
                                              const platform::File& file) = 0;
  // Another file follows it.
  virtual void end_file() = 0;
  // Every valid block that is not passed over, index and seal too.
  virtual void pass_block(const format::BlockHeader& header, std::span<const std::byte> payload) = 0;
  // Bytes that are passed over, before the gap that tells of them.
  virtual void pass_damage(const Finding::Place& place) = 0;
  // Bytes of an unfinished write. At the end of the file in use that may be told again.
  virtual void pass_torn(const Finding::Place& place) = 0;

 protected:
  ~StreamObserver() = default;
};

}  // namespace logbuf::archive
