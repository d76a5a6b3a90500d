// An archive's records and gaps, out of its blocks. All of a Reader that is not its interface.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/block.hpp"
#include "archive/block_stream.hpp"
#include "archive/producer_names.hpp"

namespace logbuf::archive {

class EntryStream {
 public:
  static constexpr std::size_t kAtOnce = 256;  // records that more() gives: 20 KB of them
  explicit EntryStream(BlockStream blocks) : blocks_(std::move(blocks)) {}

  // As Reader::next() and more().
  std::expected<std::optional<Entry>, std::error_code> next();
  std::span<const Record> more(std::size_t at_most = kAtOnce);
  // After the blocks have been sent elsewhere: nothing is left of where they were.
  void forget();

  BlockStream& blocks() noexcept { return blocks_; }
  const BlockStream& blocks() const noexcept { return blocks_; }
  // What the gap was that next() gave last. `missing` is told by the blocks around it, which may be for damage.
  Finding::Kind gap_kind() const noexcept { return gap_kind_; }

 private:
  // Of what stands first in rest_; and its bytes, passed by.
  record::Header first_header() const noexcept;
  std::span<const std::byte> pass(const record::Header& header, std::uint32_t header_bytes) noexcept;
  bool is_hole(const record::Header& header) const noexcept;
  // False: the block has no more.
  bool next_entry(std::optional<Entry>& into);
  std::string_view name_of(std::uint16_t slot, Position at);
  Gap hole(const record::Header& header);
  std::optional<Entry> open_block();
  std::optional<Entry> take_refused(const block::RefusedStatement& statement);
  void forget_slots();

  BlockStream blocks_;
  ProducerNames producers_;
  std::map<std::uint16_t, std::uint64_t> refused_;  // by slot: the total that was told last
  Uuid slots_of_{};                                 // the ring whose slots these are
  Finding::Kind gap_kind_ = Finding::Kind::missing;

  // The records of the block in use that are not delivered yet.
  std::span<const std::byte> rest_;
  Position position_ = 0;
  std::uint64_t seq_ = 0;
  std::vector<Record> more_;  // what more() gave last
  struct NameInUse {
    std::uint16_t slot = 0;
    ProducerNames::Use use;  // up to position 0: of nothing
  };
  NameInUse name_;  // the one that was asked for last, in this block
};

}  // namespace logbuf::archive
