// A walk through one segment file's blocks, front to back, past what is damaged. Reader and Writer's recovery
// share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>

#include "archive/block.hpp"
#include "archive/format.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

class BlockWalk {
 public:
  enum class Sight {
    block,  // a valid one stands here
    end,    // the file ends here
    bad,    // something else: fault() says what
  };

  BlockWalk(platform::File file, const format::FileHeader& header) noexcept;

  // From now on what the disk does not give back is bad, too, and no error. Not for whoever cuts what is bad.
  void pass_unreadable() noexcept { passes_unreadable_ = true; }

  // The header of the block here. Nothing is remembered: a block that was not there may be there the next
  // time. Errors are errno values.
  std::expected<Sight, int> look();
  // Its payload, after look() has seen a block: `block` or `bad`.
  std::expected<Sight, int> load();
  // Goes past the block that look() has seen.
  void pass() noexcept;

  // The nearest place behind this one where a valid block header begins and the file has room for its
  // payload.
  std::expected<std::optional<std::uint64_t>, int> find_next();
  void jump(std::uint64_t offset) noexcept;

  const format::BlockHeader& header() const noexcept { return block_; }
  // As it was before compression; until the next call.
  std::span<const std::byte> payload() const noexcept { return payload_; }
  const char* fault() const noexcept { return fault_; }
  // After `bad`: true if at least header() is what was written, and only its payload is not.
  bool header_valid() const noexcept { return header_valid_; }
  std::uint64_t offset() const noexcept { return offset_; }  // bytes from the file's beginning
  std::uint64_t next_number() const noexcept { return next_number_; }
  const format::FileHeader& file_header() const noexcept { return header_; }
  const platform::File& file() const noexcept { return file_; }
  platform::File take_file() noexcept { return std::move(file_); }

  // Bytes of a file as they were read, for another walk through it.
  struct Window {
    std::unique_ptr<std::byte[]> bytes;
    std::uint64_t at = 0;  // in the file
    std::size_t size = 0;
  };
  Window take_window() noexcept;
  void give_window(Window window) noexcept;

 private:
  struct Room {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };

  template <typename Look>
  std::expected<Sight, int> freshly(Look look);
  std::expected<Sight, int> look_once();
  std::expected<Sight, int> load_once();
  std::expected<std::size_t, int> read(std::span<std::byte> into, std::uint64_t offset);
  // These bytes, or as many as the file has; in the window.
  std::expected<std::span<const std::byte>, int> view(std::uint64_t offset, std::size_t length);
  const char* fault_of_header_at(const format::BlockHeader& block, std::uint64_t offset) const noexcept;
  static bool make_room(Room& room, std::size_t bytes);
  bool is_next(std::uint64_t candidate, std::uint64_t size, std::uint64_t& unfinished);

  platform::File file_;
  format::FileHeader header_;
  std::uint64_t offset_ = sizeof(format::FileHeader);
  std::uint64_t passed_to_ = sizeof(format::FileHeader);  // the end of the last block passed
  std::uint64_t next_number_ = 0;
  format::BlockHeader block_{};
  const char* fault_ = "";
  bool header_valid_ = false;
  bool passes_unreadable_ = false;
  std::uint64_t bad_from_ = 0;  // of what was read last: all that the disk has not given back lies between the two
  std::uint64_t bad_to_ = 0;
  std::span<const std::byte> payload_;
  bool loaded_ = false;  // the block's payload was asked for
  Room large_;           // a payload that is longer than the window
  Room unpacked_;        // a payload that was compressed
  Window window_;        // what was read last
  std::size_t read_size_;
  bool fresh_ = false;  // this look has read the file itself
  // A search that found nothing need not look at the same bytes again when the file has grown.
  std::uint64_t searched_from_ = 0;
  std::uint64_t searched_to_ = 0;
};

}  // namespace logbuf::archive
