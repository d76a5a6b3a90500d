// What a sealed file says at its end, so that nobody has to read it from its beginning: where its blocks are, the names
// and the refusals it knows, and its seal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/format.hpp"
#include "archive/producer_names.hpp"
#include "platform/file.hpp"

namespace logbuf::archive {

// Bytes of a seal block in the file.
inline constexpr std::uint64_t kSealSize = sizeof(format::BlockHeader) + sizeof(format::SealPayload);

// By slot: what the archive says last.
using RefusedTotals = std::map<std::uint16_t, Refused>;

// A producer's name and the block that says it.
struct IndexedName {
  std::uint64_t offset = 0;  // in the file
  ProducerName producer;
};

// Of more names than these the index forgets the older half.
inline constexpr std::size_t kMaxIndexedNames = std::size_t{1} << 16;

// Gathers it, block by block.
class Summary {
 public:
  explicit Summary(const format::FileHeader& header);

  void add(const format::BlockHeader& block);
  void add(const ProducerName& producer, std::uint64_t offset);

  // Bytes that index and seal will take in the file, without what was refused.
  std::uint64_t size() const noexcept;
  std::vector<std::byte> index(const RefusedTotals& refused) const;
  format::SealPayload seal(std::uint64_t index_offset, std::uint64_t index_length,
                           std::optional<std::uint64_t> end_record) const;
  const format::Digest& digest() const noexcept { return seal_.seal; }

 private:
  void thin();

  std::vector<format::IndexEntry> entries_;
  std::uint64_t indexed_bytes_ = format::kIndexedBytes;
  std::vector<IndexedName> names_;
  format::SealPayload seal_{};  // so far
};

struct FileEnd {
  format::SealPayload seal{};
  Position end = 0;
  std::uint64_t end_seq = 0;
  std::int64_t sealed_ns = 0;               // CLOCK_REALTIME
  std::vector<format::IndexEntry> entries;  // in the file's order
  std::vector<IndexedName> names;           // likewise
  RefusedTotals refused;

  std::optional<std::uint64_t> end_record() const noexcept {
    return seal.end_record == 0 ? std::nullopt : std::optional(seal.end_record);
  }
  // The names that a reader needs who begins at this block, which holds this position.
  ProducerNames names_at(std::uint64_t offset, Position position) const;
};

// One read, of the file's end. Nothing: the file is not sealed, or its end is damaged. Errors are errno values.
std::expected<std::optional<FileEnd>, int> read_file_end(const platform::File& file, const format::FileHeader& header);
// The same, for who passes over what is damaged: nothing, too, where the disk does not give it back.
std::expected<std::optional<FileEnd>, int> look_for_file_end(const platform::File& file,
                                                             const format::FileHeader& header);

}  // namespace logbuf::archive
