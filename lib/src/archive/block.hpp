// One block: filling its header in, checking one that was read, and what a payload holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/format.hpp"

namespace logbuf::archive::block {

// Puts both checksums into the header; everything else must stand in it already.
void sign(format::BlockHeader& header, std::span<const std::byte> payload) noexcept;

// What makes a block belong where it stands.
struct Place {
  std::uint64_t offset = 0;  // of the header in the file
  std::uint64_t salt = 0;
  std::uint64_t ring_capacity = 0;
};

// Bytes that the payload takes in the file.
constexpr std::uint64_t stored_size(const format::BlockHeader& header) noexcept {
  return record::align_up(header.stored_length);
}
constexpr bool is_type(const format::BlockHeader& header, format::BlockType wanted) noexcept {
  return header.type == static_cast<std::uint16_t>(wanted);
}

// Index and seal: they tell of the blocks before them, and are none of these.
constexpr bool is_ending(format::BlockType type) noexcept {
  return type == format::BlockType::index || type == format::BlockType::seal;
}
constexpr bool is_ending(const format::BlockHeader& header) noexcept {
  return is_ending(static_cast<format::BlockType>(header.type));
}

// The digest of a file's blocks so far, with one more.
format::Digest extend(const format::Digest& before, const format::BlockHeader& header) noexcept;

// Why these bytes are no header of a block at this place; nullptr if they are one. Every field is checked
// here, so that nobody behind has to: lengths fit the capacity, positions and seqs do not run backwards or
// overflow.
const char* fault_of(const format::BlockHeader& header, const Place& place) noexcept;

// Why this payload is not the header's; nullptr if it is. Data: walks every record header.
const char* fault_of(std::span<const std::byte> payload, const format::BlockHeader& header, bool timestamps) noexcept;

// The ring's own count of records behind a block, where it was `before` in front of it. Empty: not known.
std::optional<std::uint64_t> end_record(format::BlockType type, std::uint64_t first_record, std::uint64_t record_count,
                                        std::optional<std::uint64_t> before) noexcept;

// The payloads of the other types. decode: nothing if the lengths contradict each other.
std::vector<std::byte> encode(const ProducerName& producer);
std::vector<std::byte> encode(const Gap& gap);  // `why` is cut to kMaxWhy bytes
std::vector<std::byte> encode(const Refused& refused, std::uint64_t lost);
std::optional<ProducerName> decode_producer(std::span<const std::byte> payload);
std::optional<Gap> decode_gap(std::span<const std::byte> payload, const format::BlockHeader& header);

struct RefusedStatement {
  Refused refused;
  std::uint64_t lost = 0;  // since the last statement about this slot
};
std::optional<RefusedStatement> decode_refused(std::span<const std::byte> payload, const format::BlockHeader& header);

}  // namespace logbuf::archive::block
