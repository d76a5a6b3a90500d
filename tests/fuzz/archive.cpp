// What a Reader and a Writer make of any bytes in a segment file. The bytes are made to carry right checksums first: it
// is what stands behind these that is to be tried.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <logbuf/archive.hpp>

#include "archive/block.hpp"
#include "archive/segment_file.hpp"

namespace archive = logbuf::archive;
namespace format = logbuf::archive::format;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  Scratch() {
    std::string name = "/dev/shm/logbuf-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  fs::path path;
};

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

// Right checksums, and the fields that nothing gets past.
void sign(std::vector<std::byte>& file) {
  format::FileHeader header{};
  if (file.size() < sizeof header) return;
  std::memcpy(&header, file.data(), sizeof header);
  header.magic = format::kFileMagic;
  header.version = format::kVersion;
  header.first_seq = 0;
  archive::sign(header);
  std::memcpy(file.data(), &header, sizeof header);
  for (std::size_t at = sizeof header; at + sizeof(format::BlockHeader) <= file.size(); at += format::kAlignment) {
    format::BlockHeader block{};
    std::memcpy(&block, file.data() + at, sizeof block);
    if (block.magic != format::kBlockMagic) continue;
    block.salt = header.salt;
    block.offset = at;
    const auto behind = std::span(file).subspan(at + sizeof block);
    if (block.payload_length > behind.size()) continue;
    archive::block::sign(block, behind.first(static_cast<std::size_t>(block.payload_length)));
    std::memcpy(file.data() + at, &block, sizeof block);
  }
}

// Seqs go up, and what is told to be lost is as much as is missing.
std::uint64_t read_all(archive::Reader& reader) {
  std::uint64_t records = 0;
  std::uint64_t next_seq = 0;
  for (;;) {
    const auto entry = reader.next();
    if (!entry || !*entry) return records;
    if (const auto* record = std::get_if<archive::Record>(&**entry)) {
      demand(record->seq >= next_seq, "seqs go up");
      next_seq = record->seq + 1;
      ++records;
      volatile std::byte last = record->bytes.empty() ? std::byte{0} : record->bytes.back();
      (void)last;
    }
  }
}

archive::RingIdentity ring_in(const std::vector<std::byte>& file) {
  format::FileHeader header{};
  if (file.size() >= sizeof header) std::memcpy(&header, file.data(), sizeof header);
  if (header.ring_name_length > format::kMaxRingName) header.ring_name_length = 0;
  return archive::identity_of(header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  const bool sealed = size > 0 && data[size - 1] % 2 == 1;
  sign(file);
  const auto ring = ring_in(file);
  const fs::path directory = scratch.path / "a";
  fs::remove_all(directory);
  fs::create_directory(directory);
  const std::string name = archive::is_ring_name(ring.name) ? ring.name : "orders";
  const fs::path path = directory / (name + "-20260101T000000Z-00000000000000000000" + (sealed ? ".seg" : ".open"));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));

  std::uint64_t before = 0;
  if (auto reader = archive::Reader::open(directory)) {
    before = read_all(*reader);
    for (const std::uint64_t seq : {std::uint64_t{0}, before / 2, ~std::uint64_t{0}}) {
      if (reader->seek_seq(seq)) (void)read_all(*reader);
    }
    if (reader->seek_time(1)) (void)read_all(*reader);
    if (reader->seek_last(1)) (void)read_all(*reader);
  }
  (void)archive::describe_header(path);
  auto writer = archive::Writer::open(directory, ring);
  if (!writer) return 0;
  const std::uint64_t seq = writer->next_seq();
  const logbuf::Position end = writer->end_position().value_or(0);
  std::vector<std::byte> record(logbuf::record::header_size(ring.timestamps) + 8);
  const std::uint64_t word = logbuf::record::pack({.length = 1, .skip = false, .slot = 0, .type = 0});
  std::memcpy(record.data(), &word, sizeof word);
  if (end > ~std::uint64_t{0} - record.size()) return 0;
  if (!writer->append({.begin = end, .end = end + record.size(), .records = 1, .first_record = 0, .bytes = record}))
    return 0;
  demand(writer->next_seq() == seq + 1, "a record takes a seq");
  if (!writer->seal()) return 0;
  // Not that it is delivered: a forged file may say that its records are archived already.
  auto reader = archive::Reader::open(directory);
  demand(reader.has_value(), "what a Writer has accepted can be read");
  (void)read_all(*reader);
  return 0;
}
