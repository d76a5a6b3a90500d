// The bytes of a segment file: every constant and on-disk struct, shared by writer and reader.
// docs/archive-format.md says the same in words; change both together, with the version or a flag.
//
//   file  = FileHeader block*          FileHeader is 4096 bytes; every block begins on a multiple of 8
//   block = BlockHeader payload        BlockHeader is 128 bytes; the payload is a multiple of 8
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace logbuf::archive::format {

static_assert(std::endian::native == std::endian::little, "segment files are little-endian and written as they lie");

inline constexpr std::uint64_t kFileMagic = 0x0a53'4655'4247'4f4cULL;   // "LOGBUFS\n"
inline constexpr std::uint64_t kBlockMagic = 0x0a4b'4c42'474f'4ce7ULL;  // "\xe7LOGBLK\n": never part of UTF-8 text
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kKnownIncompatibleFlags = 0;
inline constexpr std::uint16_t kKnownIncompatibleBlockFlags = 0;
inline constexpr std::uint16_t kIncompatibleBlockFlagsMask = 0xff00;  // the low byte is for compatible flags

inline constexpr std::uint32_t kRecordFlagTimestamps = 1;
inline constexpr std::uint32_t kKnownRecordFlags = kRecordFlagTimestamps;

inline constexpr std::size_t kAlignment = 8;
inline constexpr std::size_t kMaxRingName = 128;           // bytes
inline constexpr std::size_t kMaxProducerName = 256;       // bytes
inline constexpr std::size_t kMaxWhy = 1024;               // bytes
inline constexpr std::uint64_t kMaxControlPayload = 4096;  // bytes: of a block that is not data

enum class BlockType : std::uint16_t { data = 1, producer = 2, gap = 3, refused = 4 };

struct FileHeader {
  std::uint64_t magic;
  std::uint32_t header_crc;  // CRC32C of all 4096 bytes with this field zero; so in every version to come
  std::uint32_t version;
  std::uint32_t compatible_flags;    // unknown bits: read on
  std::uint32_t incompatible_flags;  // unknown bits: do not read
  std::array<std::byte, 16> ring_uuid;
  std::uint64_t ring_capacity;  // bytes
  std::uint32_t record_flags;   // kRecordFlag*
  std::uint32_t ring_name_length;
  std::uint64_t first_seq;
  std::uint64_t first_position;
  std::int64_t created_wall_ns;       // CLOCK_REALTIME
  std::int64_t created_monotonic_ns;  // CLOCK_MONOTONIC
  std::uint64_t salt;                 // random, one a file
  std::array<char, kMaxRingName> ring_name;
  std::array<std::byte, 3872> reserved;  // zero
};
static_assert(sizeof(FileHeader) == 4096);
static_assert(offsetof(FileHeader, header_crc) == 8);
static_assert(offsetof(FileHeader, version) == 12);
static_assert(offsetof(FileHeader, compatible_flags) == 16);
static_assert(offsetof(FileHeader, incompatible_flags) == 20);
static_assert(offsetof(FileHeader, ring_uuid) == 24);
static_assert(offsetof(FileHeader, ring_capacity) == 40);
static_assert(offsetof(FileHeader, record_flags) == 48);
static_assert(offsetof(FileHeader, ring_name_length) == 52);
static_assert(offsetof(FileHeader, first_seq) == 56);
static_assert(offsetof(FileHeader, first_position) == 64);
static_assert(offsetof(FileHeader, created_wall_ns) == 72);
static_assert(offsetof(FileHeader, created_monotonic_ns) == 80);
static_assert(offsetof(FileHeader, salt) == 88);
static_assert(offsetof(FileHeader, ring_name) == 96);
static_assert(offsetof(FileHeader, reserved) == 224);

struct BlockHeader {
  std::uint64_t magic;
  std::uint32_t header_crc;   // CRC32C of these 128 bytes with this field zero
  std::uint32_t payload_crc;  // CRC32C of the payload
  std::uint16_t type;         // BlockType; others: passed over
  std::uint16_t flags;        // low byte: compatible; high byte: incompatible
  std::uint32_t reserved_a;   // zero
  std::uint64_t salt;         // the file's
  std::uint64_t number;       // in the file, from 0
  std::uint64_t offset;       // of this header in the file
  std::array<std::byte, 16> ring_uuid;
  std::uint64_t begin;  // positions [begin, end) of the ring
  std::uint64_t end;
  std::uint64_t first_seq;       // of its first record; without records, of the next one
  std::uint64_t record_count;    // records, skips not counted
  std::uint64_t first_record;    // the ring's own count of records before `begin`
  std::int64_t drain_time_ns;    // CLOCK_REALTIME
  std::uint64_t payload_length;  // bytes, a multiple of 8
  std::uint64_t reserved_b;      // zero
};
static_assert(sizeof(BlockHeader) == 128);
static_assert(offsetof(BlockHeader, header_crc) == 8);
static_assert(offsetof(BlockHeader, payload_crc) == 12);
static_assert(offsetof(BlockHeader, type) == 16);
static_assert(offsetof(BlockHeader, flags) == 18);
static_assert(offsetof(BlockHeader, reserved_a) == 20);
static_assert(offsetof(BlockHeader, salt) == 24);
static_assert(offsetof(BlockHeader, number) == 32);
static_assert(offsetof(BlockHeader, offset) == 40);
static_assert(offsetof(BlockHeader, ring_uuid) == 48);
static_assert(offsetof(BlockHeader, begin) == 64);
static_assert(offsetof(BlockHeader, end) == 72);
static_assert(offsetof(BlockHeader, first_seq) == 80);
static_assert(offsetof(BlockHeader, record_count) == 88);
static_assert(offsetof(BlockHeader, first_record) == 96);
static_assert(offsetof(BlockHeader, drain_time_ns) == 104);
static_assert(offsetof(BlockHeader, payload_length) == 112);
static_assert(offsetof(BlockHeader, reserved_b) == 120);

// Payload of a producer block: this, then `name_length` bytes, then zeros up to the next 8.
struct ProducerPayload {
  std::uint16_t slot;
  std::uint16_t name_length;
  std::uint32_t pid;
  std::uint64_t from;
};
static_assert(sizeof(ProducerPayload) == 16);

// Payload of a gap block: this, then `why_length` bytes, then zeros up to the next 8. The positions are the
// block's.
struct GapPayload {
  std::uint64_t lost;  // records; 0 where not known
  std::uint32_t lost_known;
  std::uint32_t why_length;
};
static_assert(sizeof(GapPayload) == 16);

// Payload of a refused block: this, then `name_length` bytes, then zeros up to the next 8.
struct RefusedPayload {
  std::uint16_t slot;
  std::uint16_t name_length;
  std::uint32_t reserved;  // zero
  std::uint64_t total;     // records: of all who had the slot, since the ring was made
  std::uint64_t lost;      // records: of these, since the last such block of this slot; 0 at a file's beginning
};
static_assert(sizeof(RefusedPayload) == 24);

}  // namespace logbuf::archive::format
