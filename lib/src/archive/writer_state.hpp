// A Writer's inside.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/background_sync.hpp"
#include "archive/directory.hpp"
#include "archive/format.hpp"
#include "archive/open_segment.hpp"
#include "archive/recovery.hpp"

namespace logbuf::archive {

struct Writer::State {
  Directory directory;
  RingIdentity ring;
  WriterOptions options;
  Recovered now;                        // what recovery found, kept up to date
  std::vector<Piece> span_pieces = {};  // of the last span, kept for their room

  // What a sync has made durable, or one under way will; to go back to where it fails.
  struct Mark {
    std::optional<Position> end;
    std::optional<std::uint64_t> end_record;
    std::uint64_t next_seq = 0;
    std::uint64_t size = 0;  // bytes of the file in use; of `under_way` alone
    RefusedTotals refused;
  };
  Mark synced = {};
  Mark under_way = {};
  bool any_synced = false;  // else nobody knows what a Writer before this one has made durable
  std::unique_ptr<BackgroundSync> beside = std::make_unique<BackgroundSync>();

  // A failed sync is final for its file: the kernel has forgotten which pages it could not write.
  std::error_code broken = {};
  std::string broken_detail = {};
  // What the failed file has that no sync has made durable, as it was read back; kept until another file has it.
  struct Unsynced {
    struct Block {
      format::BlockHeader header;
      std::unique_ptr<std::byte[]> payload;
    };
    format::FileHeader header;
    std::vector<Block> blocks;
  };
  std::optional<Unsynced> unsynced = {};

  std::expected<void, std::error_code> usable() const;
  Mark mark() const;
  void go_to(const Mark& mark);
  std::expected<void, std::error_code> take_sync(std::expected<void, int> result);
  std::expected<void, std::error_code> broke(std::error_code error);
  std::expected<void, std::error_code> sync();
  std::expected<void, std::error_code> write_again();
  std::expected<void, std::error_code> keep_unsynced(const OpenSegment& failed);
  std::expected<void, std::error_code> copy_unsynced();
  std::expected<void, std::error_code> copy_block(const format::BlockHeader& header,
                                                  std::span<const std::byte> payload);
  std::expected<void, std::error_code> seal();
  std::expected<void, std::error_code> make_room(std::uint64_t bytes, Position begin);
  std::expected<void, std::error_code> begin_file(Position first_position);
  std::expected<OpenSegment, std::error_code> new_file(Position first_position, bool publish);
  std::expected<void, std::error_code> put(std::span<const Piece> pieces);
  void take_in(const Piece& piece);
  // A block at `here` that takes neither positions nor seqs.
  Piece remark(format::BlockType type, Position here, std::span<const std::byte> payload) const;
  std::expected<void, std::error_code> put(const Piece& piece) { return put(std::span(&piece, 1)); }
  std::string label() const { return "archive " + directory.path().string(); }
  std::unexpected<std::error_code> refuse(const std::string& why) const;
  std::expected<void, std::error_code> check_name(std::uint16_t slot, const std::string& name) const;
};

}  // namespace logbuf::archive
