// Damage is reported, and never delivered.
#include <cstring>

#include "archive/block.hpp"
#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kHeader = sizeof(format::FileHeader);
constexpr std::uint64_t kBlock = sizeof(format::BlockHeader) + 24;  // of append_blocks() with one record

void write_archive(const fs::path& dir, int blocks, bool seal) {
  Writer writer = open_writer(dir);
  append_blocks(writer, blocks);
  if (seal) REQUIRE(writer.seal().has_value());
}

bool names(const Gap& gap, const fs::path& file) {
  return gap.why.find(file.filename().string()) != std::string::npos;
}

}  // namespace

TEST_CASE("one flipped byte anywhere costs at most its block, which is reported") {
  for (const bool sealed : {false, true}) {
    TemporaryDirectory dir;
    {
      Writer writer = open_writer(dir.path());
      append_blocks(writer, 2);
      REQUIRE(writer.append(ProducerName{.slot = 0, .from = 0, .pid = 1, .name = "feed"}).has_value());
      append_blocks(writer, 2);
      if (sealed) REQUIRE(writer.seal().has_value());
    }
    const auto file = segment_files(dir.path())[0];
    const auto size = fs::file_size(file);
    for (std::uint64_t offset = 0; offset < size; ++offset) {
      // Of the header's reserved bytes, some will do.
      if (offset > 300 && offset < kHeader - 8 && offset % 61 != 0) continue;
      for (const int mask : {0x01, 0x80, 0xff}) {
        flip(file, offset, mask);
        const Seen seen = read_all(dir.path());
        flip(file, offset, mask);
        const bool reported = !seen.gaps.empty() || seen.totals.torn_bytes > 0;
        const std::size_t least = offset < kHeader ? 0 : 3;
        const bool right = !seen.error && seen.is_true() && reported && seen.records.size() >= least;
        if (right && (!sealed || (!seen.gaps.empty() && names(seen.gaps[0], file)))) continue;
        CAPTURE(sealed);
        CAPTURE(offset);
        CAPTURE(seen.records.size());
        FAIL_CHECK("a wrong record, more than a block lost, or nothing reported");
      }
    }
    CHECK(read_all(dir.path()).seqs() == range(0, 4));
  }
}

TEST_CASE("a damaged block is a gap with its exact loss, positions, file and offset") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 6, true);
  const auto file = segment_files(dir.path())[0];
  flip(file, kHeader + 1 * kBlock + 20);
  flip(file, kHeader + 2 * kBlock + 140);
  flip(file, kHeader + 4 * kBlock);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 3, 5});
  REQUIRE(seen.gaps.size() == 2);
  CHECK(seen.gaps[0].lost == std::uint64_t{2});
  CHECK(seen.gaps[0].from == 24);
  CHECK(seen.gaps[0].to == 72);
  CHECK(names(seen.gaps[0], file));
  CHECK(seen.gaps[0].why.find("offset " + std::to_string(kHeader + kBlock)) != std::string::npos);
  CHECK(seen.gaps[1].lost == std::uint64_t{1});
  CHECK(seen.totals.lost == 3);
  CHECK(seen.totals.gaps == 2);
  CHECK(seen.totals.damaged_bytes == 3 * kBlock);
  CHECK(seen.totals.next_seq == 6);
}

TEST_CASE("a stretch of zeros is passed over to the next valid block") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 2000, true);
  const auto file = segment_files(dir.path())[0];
  std::string bytes = contents_of(file);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(kHeader + 10 * kBlock + 4),
            bytes.begin() + static_cast<std::ptrdiff_t>(kHeader + 1990 * kBlock + 4), '\0');
  set_contents(file, bytes);
  const Seen seen = read_all(dir.path());
  CHECK(seen.records.size() == 10 + 9);
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{1981});
}

TEST_CASE("an unreadable end of a sealed file is a gap, whose loss the next file tells") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 3, true);
  write_archive(dir.path(), 1, false);
  const auto file = segment_files(dir.path())[0];
  flip(file, kHeader + 2 * kBlock);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 3});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{1});
  CHECK(names(seen.gaps[0], file));

  // By itself the file knows, by its seal.
  const Seen alone = read_all(file);
  REQUIRE(alone.gaps.size() == 1);
  CHECK(alone.gaps[0].lost == std::uint64_t{1});
  CHECK(alone.totals.damaged_bytes == kBlock);

  // Without its end nobody knows how much there was.
  set_contents(file, contents_of(file).substr(0, kHeader + 2 * kBlock));
  const Seen cut = read_all(file);
  REQUIRE(cut.gaps.size() == 1);
  CHECK_FALSE(cut.gaps[0].lost.has_value());
  CHECK(names(cut.gaps[0], file));
  CHECK(cut.totals.damaged_bytes == 0);
}

TEST_CASE("the gap at the end is told once, also when a file appears after it") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 3, true);
  const auto file = segment_files(dir.path())[0];
  Writer writer = open_writer(dir.path());
  flip(file, kHeader + 2 * kBlock + 135);
  Reader reader = open_reader(dir.path());
  const Seen first = read_on(reader);
  REQUIRE(first.gaps.size() == 1);
  CHECK(first.gaps[0].lost == std::uint64_t{1});
  CHECK(read_on(reader).gaps.empty());
  append_blocks(writer, 1);
  const Seen second = read_on(reader);
  CHECK(second.seqs() == range(3, 4));
  CHECK(second.gaps.empty());
  CHECK(second.totals.lost == 1);
}

TEST_CASE("a missing file is a gap, as long as it was") {
  TemporaryDirectory dir;
  for (int i = 0; i < 4; ++i) write_archive(dir.path(), 3, true);
  auto files = segment_files(dir.path());
  fs::remove(files[1]);
  fs::remove(files[2]);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 2, 9, 10, 11});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{6});
  CHECK(seen.gaps[0].from == 3 * 24);
  CHECK(seen.totals.lost == 6);
  // What retention took from the front is no gap.
  fs::remove(files[0]);
  CHECK(read_all(dir.path()).gaps.empty());
}

TEST_CASE("a file with a bad header is a gap; reading goes on with the next") {
  TemporaryDirectory dir;
  for (int i = 0; i < 3; ++i) write_archive(dir.path(), 3, true);
  const auto files = segment_files(dir.path());
  for (std::size_t bad = 0; bad < 3; ++bad) {
    CAPTURE(bad);
    flip(files[bad], 12);
    const Seen seen = read_all(dir.path());
    flip(files[bad], 12);
    CHECK(seen.records.size() == 6);
    CHECK(seen.is_true());
    REQUIRE(seen.gaps.size() == 1);
    CHECK(names(seen.gaps[0], files[bad]));
    CHECK(seen.gaps[0].lost == (bad < 2 ? std::optional<std::uint64_t>(3) : std::nullopt));
  }
}

TEST_CASE("an unreadable end and then a bad header are one gap of unknown length") {
  TemporaryDirectory dir;
  for (int i = 0; i < 2; ++i) write_archive(dir.path(), 3, true);
  const auto files = segment_files(dir.path());
  set_contents(files[0], contents_of(files[0]).substr(0, kHeader + 3 * kBlock - 20));
  flip(files[1], 12);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 2));
  REQUIRE(seen.gaps.size() == 1);
  CHECK_FALSE(seen.gaps[0].lost.has_value());
}

TEST_CASE("a name that contradicts the header is damage") {
  TemporaryDirectory dir;
  for (int i = 0; i < 2; ++i) write_archive(dir.path(), 3, true);
  const auto files = segment_files(dir.path());
  std::string name = files[1].string();
  name.replace(name.size() - 5, 1, "4");
  fs::rename(files[1], name);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 3));
  REQUIRE(seen.gaps.size() == 1);
  CHECK(names(seen.gaps[0], name));
}

TEST_CASE("a file that is there twice is not delivered twice") {
  TemporaryDirectory dir;
  for (int i = 0; i < 2; ++i) write_archive(dir.path(), 3, true);
  const auto file = segment_files(dir.path())[0];
  std::string copy = file.filename().string();
  copy.replace(copy.find('-') + 1, 4, "2999");
  fs::copy_file(file, dir / copy);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 6));
  CHECK(seen.gaps.size() == 3);
  for (const auto& gap : seen.gaps) {
    CHECK(gap.lost == std::uint64_t{0});
    CHECK(gap.why.find("repeats") != std::string::npos);
  }
  CHECK(seen.totals.damaged_bytes == 3 * kBlock);
}

TEST_CASE("a block whose positions overlap the ones before is passed over") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 4, true);
  const auto file = segment_files(dir.path())[0];
  std::string bytes = contents_of(file);
  change_block(bytes, kHeader + 2 * kBlock, [](auto& h) { h.begin = 24, h.end = 48; });
  set_contents(file, bytes);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 3});
  REQUIRE(seen.gaps.size() == 2);
  CHECK(seen.gaps[0].lost == std::uint64_t{1});
  CHECK(seen.gaps[0].why.find("repeats") != std::string::npos);
  CHECK(seen.gaps[1].from == 48);
  CHECK(seen.gaps[1].to == 72);
}

TEST_CASE("a copy of a block, in a payload or from another file, is not taken for a block") {
  TemporaryDirectory dir;
  std::string inner;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    inner = contents_of(segment_files(dir.path())[0]).substr(kHeader);
    REQUIRE(writer.append(Bytes(24).record(inner).span()).has_value());
    append_blocks(writer, 1);
    REQUIRE(writer.seal().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, kHeader + kBlock + 70);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 2});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{1});
  CHECK(seen.totals.damaged_bytes == sizeof(format::BlockHeader) + 8 + inner.size());
}

TEST_CASE("a block of an unknown type is passed over; what it holds is reported") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 3, true);
  const auto file = segment_files(dir.path())[0];
  std::string bytes = contents_of(file);
  change_block(bytes, kHeader + kBlock, [](auto& h) { h.type = 99; });
  set_contents(file, bytes);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 2});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{1});
  CHECK(seen.totals.damaged_bytes == 0);
}

TEST_CASE("a signed length beyond the file or the capacity asks for no memory and is damage") {
  TemporaryDirectory dir;
  write_archive(dir.path(), 3, true);
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  for (const std::uint64_t length : {std::uint64_t{32} << 10, std::uint64_t{1} << 40, ~std::uint64_t{7}}) {
    std::string bytes = whole;
    format::BlockHeader h{};
    std::memcpy(&h, bytes.data() + kHeader + kBlock, sizeof h);
    h.payload_length = length;
    h.end = h.begin + length;
    block::sign(h, {});
    std::memcpy(bytes.data() + kHeader + kBlock, &h, sizeof h);
    set_contents(file, bytes);
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 2});
    CHECK(seen.gaps.size() == 1);
  }
}

TEST_CASE("what is damaged before a stop is damage, and no unfinished write; the next Writer says so and goes on") {
  TemporaryDirectory dir;
  std::uint64_t size = 0;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3);
    size = fs::file_size(segment_files(dir.path())[0]);
    REQUIRE(writer.stop().has_value());
    REQUIRE(writer.stop().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  CHECK(fs::file_size(file) == size + sizeof(format::BlockHeader));
  CHECK(read_all(dir.path()).seqs() == range(0, 3));
  flip(file, size - 1);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 2));
  CHECK(seen.totals.lost == 1);
  CHECK(seen.totals.torn_bytes == 0);
  const auto verified = verify(dir.path(), {});
  REQUIRE(verified.has_value());
  CHECK_FALSE(verified->is_sound());
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.torn_bytes() == 0);
    CHECK(writer.damaged_bytes() > 0);
    CHECK(writer.next_seq() == 3);
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
  CHECK(read_all(dir.path()).seqs() == std::vector<std::uint64_t>{0, 1, 3, 4});
}

TEST_CASE("a stop that is cut short is an unfinished write, and nothing is lost") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3);
    REQUIRE(writer.stop().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  fs::resize_file(file, fs::file_size(file) - 1);
  const auto verified = verify(dir.path(), {});
  REQUIRE(verified.has_value());
  CHECK(verified->is_sound());
  Writer writer = open_writer(dir.path());
  CHECK(writer.torn_bytes() == sizeof(format::BlockHeader) - 1);
  CHECK(writer.next_seq() == 3);
}

}  // namespace logbuf::archive::test
