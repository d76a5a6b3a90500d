// One flipped bit, or a file cut short: wherever it is, nothing wrong is read, and the loss is known to the record. On
// the simulated disk because there are so many of them.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "archive/format.hpp"
#include "archive/segment_file.hpp"
#include "archive_support.hpp"
#include "disk.hpp"

namespace simulation {
namespace {

namespace archive = logbuf::archive;
namespace format = archive::format;
namespace support = archive::test;

constexpr const char* kDirectory = "/srv/orders";
constexpr const char* kTold = "told by the test";

struct Block {
  std::uint64_t begin = 0;  // bytes, in the file
  std::uint64_t end = 0;
  format::BlockType type{};
  std::uint64_t records = 0;
};

// A file as it should be.
struct File {
  std::string path;
  bool sealed = false;
  bool last = false;
  std::uint64_t size = 0;
  std::uint64_t records = 0;
  std::vector<Block> blocks;
};

// What the damage may cost.
struct Cost {
  std::uint64_t lost = 0;  // records
  bool told = true;        // it must be: a Gap at least
  bool known = true;       // and how many
};

// Three files with every type of block.
class Archive {
 public:
  explicit Archive(bool sealed) : disk_(1), observer_(disk_) {
    disk_.make_durable_directory("/srv");
    write(sealed);
    const auto names = archive::list_segments(kDirectory);
    REQUIRE(names.has_value());
    for (const auto& name : names->names) files_.push_back(file_of(name));
    files_.back().last = true;
    whole_ = support::read_all(kDirectory);
    REQUIRE(whole_.seqs() == support::range(0, whole_.totals.next_seq));
  }

  const std::vector<File>& files() const { return files_; }
  Contents& contents(const File& file) { return disk_.contents(file.path); }

  // Reads it, damaged as it is. Says what is not right.
  std::string judge(const Cost& cost) const {
    const support::Seen seen = support::read_all(kDirectory);
    if (seen.error) return "it cannot be read";
    if (!seen.is_true()) return "a wrong record";
    if (!std::ranges::is_sorted(seen.records, std::ranges::less_equal(), &support::SeenRecord::seq))
      return "a record twice, or out of order";
    const std::uint64_t missing = whole_.records.size() - seen.records.size();
    if (missing > cost.lost) return std::to_string(missing) + " records are lost";
    std::uint64_t gaps = 0;
    std::uint64_t lost = 0;
    bool known = true;
    for (const auto& gap : seen.gaps) {
      if (gap.why == kTold || gap.why.ends_with("refused at a full ring")) continue;
      gaps += 1;
      lost += gap.lost.value_or(0);
      known = known && gap.lost;
    }
    if (cost.told && gaps == 0) return "nothing is told";
    if (cost.known && !known) return "the loss is not told";
    // What is not told is torn.
    if (cost.told && known && lost != missing)
      return std::to_string(lost) + " records are told as lost, of " + std::to_string(missing);
    if (!cost.told && lost != 0) return "told, but not lost";
    return seek(seen);
  }

 private:
  void write(bool sealed) {
    archive::Writer writer = support::open_writer(kDirectory);
    const auto name = [&](std::uint16_t slot, const char* text) {
      REQUIRE(
          writer.append(archive::ProducerName{.slot = slot, .from = end(writer), .pid = 1, .name = text}).has_value());
    };
    const auto refuse = [&](std::uint64_t total) {
      REQUIRE(writer.append(archive::Refused{.slot = 0, .at = end(writer), .total = total, .producer = "feed"}));
    };
    name(0, "feed");
    support::append_blocks(writer, 2, 2);
    refuse(5);
    REQUIRE(writer.append(archive::Gap{
        .lost = 7, .from = end(writer), .to = end(writer) + 256, .why = kTold, .end_record = std::nullopt}));
    support::append_blocks(writer, 1, 3);
    name(1, "book");
    support::append_blocks(writer, 1);
    REQUIRE(writer.seal().has_value());
    support::append_blocks(writer, 1, 2);
    refuse(7);
    support::append_blocks(writer, 1);
    REQUIRE(writer.seal().has_value());
    support::append_blocks(writer, 1);
    name(2, "late");
    support::append_blocks(writer, 2, 2);
    if (sealed) REQUIRE(writer.seal().has_value());
  }

  static logbuf::Position end(const archive::Writer& writer) { return writer.end_position().value_or(0); }

  File file_of(const archive::SegmentName& name) {
    File file{.path = std::string(kDirectory) + "/" + name.file_name(), .sealed = name.sealed, .blocks = {}};
    const auto bytes = disk_.contents(file.path).bytes();
    file.size = bytes.size();
    for (std::uint64_t at = sizeof(format::FileHeader); at < bytes.size();) {
      format::BlockHeader header{};
      std::memcpy(&header, bytes.data() + at, sizeof header);
      const std::uint64_t end = at + sizeof header + header.stored_length;
      file.blocks.push_back({.begin = at,
                             .end = end,
                             .type = static_cast<format::BlockType>(header.type),
                             .records = header.record_count});
      file.records += header.record_count;
      at = end;
    }
    return file;
  }

  // From the middle on, the index finds the same.
  std::string seek(const support::Seen& all) const {
    const std::uint64_t seq = whole_.records.size() / 3;
    archive::Reader reader = support::open_reader(kDirectory);
    if (!reader.seek_seq(seq)) return "a seq cannot be sought";
    const auto found = support::read_on(reader).seqs();
    auto wanted = all.seqs();
    std::erase_if(wanted, [&](std::uint64_t s) { return s < seq; });
    return found == wanted ? "" : "behind a seek other records are found";
  }

  Disk disk_;
  Disk::Observer observer_;  // nothing fails here
  std::vector<File> files_;
  support::Seen whole_;
};

Cost cost_of_flip(const File& file, std::uint64_t offset) {
  // Whatever the file was, only the next one tells.
  if (offset < sizeof(format::FileHeader)) return {.lost = file.records, .told = true, .known = !file.last};
  for (std::size_t i = 0; i < file.blocks.size(); ++i) {
    const Block& block = file.blocks[i];
    if (offset >= block.end) continue;
    const bool at_end = i + 1 == file.blocks.size();
    if (at_end && !file.sealed) return {.lost = block.records, .told = false, .known = true};
    return {.lost = block.records, .told = true, .known = !(at_end && file.last)};
  }
  return {};
}

Cost cost_of_cut(const File& file, std::uint64_t size) {
  // No file gets its name before its header is durable.
  if (size < sizeof(format::FileHeader)) return {.lost = file.records, .told = true, .known = !file.last};
  Cost cost{.lost = file.records, .told = file.sealed, .known = !file.last || !file.sealed};
  for (const Block& block : file.blocks) {
    if (block.end <= size) cost.lost -= block.records;
  }
  return cost;
}

void flip(Contents& contents, std::uint64_t bit) {
  const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
  const std::byte flipped = contents.bytes()[bit / 8] ^ mask;
  contents.write(std::span(&flipped, 1), bit / 8);
  contents.sync();
}

// Of a header's zeros, which are many, some will do.
bool is_passed(std::uint64_t offset) {
  constexpr std::uint64_t kZeros = offsetof(format::FileHeader, reserved);
  return offset > kZeros && offset < sizeof(format::FileHeader) - 1 && offset % 61 != 0 &&
         std::getenv("LOGBUF_STRESS") == nullptr;
}

class Count {
 public:
  void take(const std::string& wrong, const File& file, const std::string& what, std::uint64_t where) {
    all_ += 1;
    if (wrong.empty() || ++wrong_ > 20) return;
    FAIL_CHECK(file.path << ", " << what << " " << where << " of " << file.size << ": " << wrong);
  }
  ~Count() { MESSAGE(all_ << " times damaged, " << wrong_ << " times wrong"); }

 private:
  std::uint64_t all_ = 0;
  std::uint64_t wrong_ = 0;
};

TEST_CASE("one flipped bit anywhere costs at most its block, and the loss is known to the record") {
  Count count;
  for (const bool sealed : {true, false}) {
    Archive whole(sealed);
    for (const File& file : whole.files()) {
      if (!sealed && !file.last) continue;  // as before
      for (std::uint64_t bit = 0; bit < file.size * 8; ++bit) {
        if (is_passed(bit / 8)) continue;
        flip(whole.contents(file), bit);
        count.take(whole.judge(cost_of_flip(file, bit / 8)), file, "bit", bit);
        flip(whole.contents(file), bit);
      }
    }
  }
}

TEST_CASE(
    "a file cut short anywhere loses the blocks behind, and the loss is known to the record, but for the last file's") {
  Count count;
  for (const bool sealed : {true, false}) {
    Archive whole(sealed);
    for (const File& file : whole.files()) {
      Contents& contents = whole.contents(file);
      const std::vector<std::byte> bytes(contents.bytes().begin(), contents.bytes().end());
      for (std::uint64_t size = 0; size < file.size; ++size) {
        if (is_passed(size)) continue;
        contents.truncate(size);
        contents.sync();
        count.take(whole.judge(cost_of_cut(file, size)), file, "cut at", size);
        contents.write(bytes, 0);
        contents.sync();
      }
    }
  }
}

}  // namespace
}  // namespace simulation
