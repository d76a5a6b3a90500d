// What producers counted as refused at a full ring: told once, in its place, whatever happens to a block or a Writer.
#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

// At the archive's end.
void append_refused(Writer& writer, std::uint64_t total, std::uint16_t slot = 3, const std::string& name = "feed-3") {
  const auto appended =
      writer.append(Refused{.slot = slot, .at = writer.end_position().value_or(0), .total = total, .producer = name});
  REQUIRE_MESSAGE(appended.has_value(), error_detail());
}

std::vector<std::uint64_t> lost(const Seen& seen) {
  std::vector<std::uint64_t> all;
  for (const auto& gap : seen.gaps) all.push_back(gap.lost.value_or(999));
  return all;
}

using Counts = std::vector<std::uint64_t>;

// The offset of the n-th block with this type in a file.
std::uint64_t offset_of(const std::filesystem::path& file, std::uint16_t type, int n) {
  const std::string bytes = contents_of(file);
  for (std::size_t at = 4096; at + 128 <= bytes.size(); at += 8) {
    if (bytes.compare(at, 8, "\xe7LOGBLK\n") != 0) continue;
    if (bytes[at + 16] == static_cast<char>(type) && n-- == 0) return at;
  }
  FAIL("there is no such block");
  return 0;
}

}  // namespace

TEST_CASE("refused records are a gap where they would have stood, with their number and producer") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  append_refused(writer, 128);
  append_blocks(writer, 1);
  Reader reader = open_reader(dir.path());
  CHECK(std::get<Record>(**reader.next()).seq == 0);
  const auto gap = std::get<Gap>(**reader.next());
  CHECK(gap.lost == 128);
  CHECK(gap.why == "producer feed-3 (slot 3): refused at a full ring");
  CHECK(gap.slot == 3);
  CHECK(gap.producer == "feed-3");
  CHECK(gap.from == 24);
  CHECK(gap.to == 24);
  CHECK(std::get<Record>(**reader.next()).seq == 1);
  CHECK_FALSE(reader.next()->has_value());
  CHECK(reader.totals().lost == 128);
  CHECK(reader.totals().refused == 128);
  CHECK(reader.totals().damaged_bytes == 0);
}

TEST_CASE("a total tells what is new in it, for each slot by itself") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_refused(writer, 5, 3);
  append_refused(writer, 7, 4);
  append_refused(writer, 6, 3);
  append_refused(writer, 6, 3);
  append_refused(writer, 2, 3);
  CHECK(writer.refused(3) == 6);
  CHECK(writer.refused(4) == 7);
  CHECK(writer.refused(5) == 0);
  CHECK(lost(read_all(dir.path())) == Counts{5, 7, 1});
}

TEST_CASE("a Writer opened anew knows what has been told") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    append_refused(writer, 5);
  }
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.refused(3) == 5);
    append_refused(writer, 5);
    append_refused(writer, 9);
    REQUIRE(writer.seal().has_value());
  }
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.refused(3) == 9);
    append_blocks(writer, 1);
  }
  Writer writer = open_writer(dir.path());
  CHECK(writer.refused(3) == 9);  // from a file before which all was refused
  append_refused(writer, 10);
  CHECK(lost(read_all(dir.path())) == Counts{5, 4, 1});
}

TEST_CASE("a Writer whose ring's file is not the newest knows what has been told") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(1));
    append_refused(writer, 5);
  }
  {
    Writer writer = open_writer(dir.path(), ring_of(2));
    CHECK(writer.refused(3) == 0);
    append_refused(writer, 2);
  }
  Writer writer = open_writer(dir.path(), ring_of(1));
  append_refused(writer, 6);
  CHECK(lost(read_all(dir.path())) == Counts{5, 2, 1});
}

TEST_CASE("every file begins with the totals, and tells nothing twice") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  append_refused(writer, 5);
  REQUIRE(writer.seal().has_value());
  append_blocks(writer, 1);
  REQUIRE(writer.seal().has_value());
  append_refused(writer, 8);
  const auto files = segment_files(dir.path());
  REQUIRE(files.size() == 3);
  CHECK(lost(read_all(dir.path())) == Counts{5, 3});
  CHECK(lost(read_all(files[0])) == Counts{5});
  CHECK(lost(read_all(files[1])) == Counts{});
  CHECK(lost(read_all(files[2])) == Counts{3});
}

TEST_CASE("what a damaged block told, the next one about the slot makes up for") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_refused(writer, 5);
  append_blocks(writer, 1);
  append_refused(writer, 7);
  append_blocks(writer, 1);
  append_refused(writer, 8);
  append_blocks(writer, 1);
  const auto file = segment_files(dir.path()).front();
  flip(file, offset_of(file, 4, 1) + 128 + 8);
  const Seen seen = read_all(dir.path());
  CHECK(seen.totals.refused == 8);
  CHECK(lost(seen) == Counts{5, 0, 3});
  CHECK(seen.seqs() == range(0, 3));
}

TEST_CASE("from a seq on, only what was refused behind it is told") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  append_refused(writer, 5);
  append_blocks(writer, 2);
  append_refused(writer, 6);
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_seq(2).has_value());
  const Seen seen = read_on(reader);
  CHECK(seen.seqs() == std::vector<std::uint64_t>{2});
  CHECK(lost(seen) == Counts{1});
}

TEST_CASE("the ring's count of records is not forgotten behind a refusal") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1, 3);
    const auto before = writer.end_record();
    REQUIRE(before.has_value());
    append_refused(writer, 5);
    CHECK(writer.end_record() == before);
  }
  CHECK(open_writer(dir.path()).end_record().has_value());
}

TEST_CASE("a count of refused records that cannot be is refused, and nothing is written") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  const Position end = *writer.end_position();
  const auto invalid = std::make_error_code(std::errc::invalid_argument);
  CHECK(writer.append(Refused{.slot = 1, .at = end + 8, .total = 1, .producer = {}}).error() == invalid);
  CHECK(writer.append(Refused{.slot = 1, .at = end, .total = 1, .producer = std::string(257, 'x')}).error() == invalid);
  CHECK(read_all(dir.path()).gaps.empty());
}

TEST_CASE("a block of refused records that contradicts itself is damage, not a number") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_refused(writer, 5);
  append_blocks(writer, 1);
  // More lost than there ever were, under right checksums.
  const auto file = segment_files(dir.path()).front();
  const auto reads = [&] { return read_all(dir.path()); };
  REQUIRE(lost(reads()) == Counts{5});
  std::string bytes = contents_of(file);
  const std::uint64_t offset = offset_of(file, 4, 0);
  bytes[offset + sizeof(format::BlockHeader) + 16] = 6;
  change_block(bytes, offset, [](auto&) {});
  set_contents(file, bytes);
  const Seen seen = reads();
  CHECK(seen.totals.refused == 0);
  CHECK(seen.totals.damaged_bytes > 0);
  CHECK(seen.seqs() == range(0, 1));
}

}  // namespace logbuf::archive::test
