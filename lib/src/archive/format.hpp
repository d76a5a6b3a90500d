// The bytes of a segment file: every constant and on-disk struct, shared by writer and reader.
// docs/archive-format.md says the same in words; change both together, with the version or a flag.
//
//   file  = FileHeader block*          FileHeader is 4096 bytes; every block begins on a multiple of 8
//   block = BlockHeader payload        BlockHeader is 128 bytes; what is stored of the payload is padded to 8
//   A sealed file's last blocks are its index and its seal.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace logbuf::archive::format {

static_assert(std::endian::native == std::endian::little, "segment files are little-endian and written as they lie");

inline constexpr std::uint64_t kFileMagic = 0x0a53'4655'4247'4f4cULL;   // "LOGBUFS\n"
inline constexpr std::uint64_t kBlockMagic = 0x0a4b'4c42'474f'4ce7ULL;  // "\xe7LOGBLK\n": never part of UTF-8 text
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kCompatibleFlagCompressed = 1;  // its records are as short as they will be
inline constexpr std::uint32_t kKnownIncompatibleFlags = 0;
inline constexpr std::uint16_t kKnownIncompatibleBlockFlags = 0;
inline constexpr std::uint16_t kIncompatibleBlockFlagsMask = 0xff00;  // the low byte is for compatible flags

inline constexpr std::uint32_t kRecordFlagTimestamps = 1;
inline constexpr std::uint32_t kKnownRecordFlags = kRecordFlagTimestamps;

inline constexpr std::size_t kAlignment = 8;
inline constexpr std::size_t kMaxRingName = 128;             // bytes
inline constexpr std::size_t kMaxProducerName = 256;         // bytes
inline constexpr std::size_t kMaxWhy = 1024;                 // bytes
inline constexpr std::uint64_t kMaxControlPayload = 4096;    // bytes: of a producer, gap, refused, seal or stop block
inline constexpr std::uint64_t kMaxIndexPayload = 64 << 20;  // bytes
inline constexpr std::uint64_t kMaxUnpacked = 64 << 20;      // bytes: longer payloads are not compressed
inline constexpr std::uint64_t kDataBlock = 64 << 10;        // bytes: records that fit are put together up to this

enum class BlockType : std::uint16_t { data = 1, producer = 2, gap = 3, refused = 4, index = 5, seal = 6, stop = 7 };
enum class Codec : std::uint16_t { none = 0, lz4 = 1, zstd = 2 };

using Digest = std::array<std::byte, 16>;  // XXH3, 128 bits

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
  std::array<std::byte, 16> archive_uuid;  // of the directory's first file, handed on
  std::array<std::byte, 16> boot_id;       // of the kernel that wrote it
  std::uint64_t created_tsc;               // the time stamp counter at created_*; 0: there is none
  std::uint64_t first_record;              // the ring's own count of records before first_position; 0: not known
  Digest previous_seal;                    // of the file before; zero: there is none, or it has none
  std::array<std::byte, 3808> reserved;    // zero
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
static_assert(offsetof(FileHeader, archive_uuid) == 224);
static_assert(offsetof(FileHeader, boot_id) == 240);
static_assert(offsetof(FileHeader, created_tsc) == 256);
static_assert(offsetof(FileHeader, first_record) == 264);
static_assert(offsetof(FileHeader, previous_seal) == 272);
static_assert(offsetof(FileHeader, reserved) == 288);

struct BlockHeader {
  std::uint64_t magic;
  std::uint32_t header_crc;    // CRC32C of these 128 bytes with this field zero
  std::uint32_t payload_crc;   // CRC32C of the payload, before it was compressed
  std::uint16_t type;          // BlockType; others: passed over
  std::uint16_t flags;         // low byte: compatible; high byte: incompatible
  std::uint16_t codec;         // Codec
  std::uint16_t reserved;      // zero
  std::uint64_t salt;          // the file's
  std::uint64_t number;        // in the file, from 0
  std::uint64_t offset;        // of this header in the file
  std::uint64_t first_seq;     // of its first record; without records, of the next one
  std::uint64_t record_count;  // records, skips not counted; of a gap: lost records that had seqs
  std::uint64_t begin;         // positions [begin, end) of the ring
  std::uint64_t end;
  std::uint64_t first_record;  // the ring's own count of records before `begin`
  std::int64_t drain_time_ns;  // CLOCK_REALTIME
  std::int64_t time_min_ns;    // of its records; where they have none, drain_time_ns
  std::int64_t time_max_ns;
  std::uint64_t payload_length;  // bytes, a multiple of 8
  std::uint64_t stored_length;   // bytes that stand in the file, without padding; payload_length if not compressed
};
static_assert(sizeof(BlockHeader) == 128);
static_assert(offsetof(BlockHeader, header_crc) == 8);
static_assert(offsetof(BlockHeader, payload_crc) == 12);
static_assert(offsetof(BlockHeader, type) == 16);
static_assert(offsetof(BlockHeader, flags) == 18);
static_assert(offsetof(BlockHeader, codec) == 20);
static_assert(offsetof(BlockHeader, reserved) == 22);
static_assert(offsetof(BlockHeader, salt) == 24);
static_assert(offsetof(BlockHeader, number) == 32);
static_assert(offsetof(BlockHeader, offset) == 40);
static_assert(offsetof(BlockHeader, first_seq) == 48);
static_assert(offsetof(BlockHeader, record_count) == 56);
static_assert(offsetof(BlockHeader, begin) == 64);
static_assert(offsetof(BlockHeader, end) == 72);
static_assert(offsetof(BlockHeader, first_record) == 80);
static_assert(offsetof(BlockHeader, drain_time_ns) == 88);
static_assert(offsetof(BlockHeader, time_min_ns) == 96);
static_assert(offsetof(BlockHeader, time_max_ns) == 104);
static_assert(offsetof(BlockHeader, payload_length) == 112);
static_assert(offsetof(BlockHeader, stored_length) == 120);

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

// Payload of an index block: this, the entries, then the producers' names (an IndexedName and its producer payload
// each), then what each slot was refused (a refused payload each).
struct IndexPayload {
  std::uint64_t entries;
  std::uint32_t producers;
  std::uint32_t refused;
};
static_assert(sizeof(IndexPayload) == 16);

// Where blocks stand: from here to the next entry's offset, or to the index.
struct IndexEntry {
  std::uint64_t offset;
  std::uint64_t first_seq;
  std::uint64_t begin;  // position
  std::int64_t time_min_ns;
  std::int64_t time_max_ns;
};
static_assert(sizeof(IndexEntry) == 40);
// Blocks share an entry while they are shorter than this together: so many small ones do not make a long index.
inline constexpr std::uint64_t kIndexedBytes = kDataBlock;

struct IndexedName {
  std::uint64_t offset;  // of the producer block
};
static_assert(sizeof(IndexedName) == 8);

// Payload of a seal block, which is the last of its file.
struct SealPayload {
  std::uint64_t index_offset;  // of the index block's header
  std::uint64_t index_length;  // bytes of its payload
  std::uint64_t blocks;        // before the index
  std::uint64_t records;
  std::uint64_t payload_bytes;  // of data blocks, before compression
  std::int64_t time_min_ns;     // of the data blocks; both zero where there are none
  std::int64_t time_max_ns;
  std::uint64_t end_record;  // the ring's own count of records before the file's end; 0: not known
  Digest previous_seal;      // as in the file's header
  Digest seal;               // of all blocks before the index, and previous_seal: docs/archive-format.md
};
static_assert(sizeof(SealPayload) == 96);

}  // namespace logbuf::archive::format
