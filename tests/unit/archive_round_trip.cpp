// What goes in comes out: records, names, gaps, across restarts and files.
#include "archive_support.hpp"

namespace logbuf::archive::test {

TEST_CASE("what was appended is read back: payload, seq, position, slot, type") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    CHECK_FALSE(writer.end_position().has_value());
    CHECK(writer.next_seq() == 0);
    const Bytes bytes = Bytes(64).record("one", 3, 7).skip(32).record("two!", 4, 8);
    REQUIRE(writer.append(bytes.span(40)).has_value());
    CHECK(writer.end_position() == bytes.end() + 40);
    CHECK(writer.next_seq() == 2);
  }
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.records.size() == 2);
  CHECK(seen.gaps.empty());
  CHECK(seen.records[0].payload == "one");
  CHECK(seen.records[0].seq == 0);
  CHECK(seen.records[0].position == 64);
  CHECK(seen.records[0].slot == 3);
  CHECK(seen.records[0].type == 7);
  CHECK_FALSE(seen.records[0].time_ns.has_value());
  CHECK(seen.records[1].payload == "two!");
  CHECK(seen.records[1].position == 64 + 16 + 32);
  CHECK(seen.totals.files == 1);
  CHECK(seen.totals.blocks == 1);
  CHECK(seen.totals.records == 2);
  CHECK(seen.totals.payload_bytes == 7);
  CHECK(seen.totals.next_seq == 2);
  CHECK(seen.totals.damaged_bytes == 0);
  CHECK(seen.totals.torn_bytes == 0);
}

TEST_CASE("the records of a timestamped ring keep their times") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(1, true));
    REQUIRE(
        writer.append(Bytes(0, true).record("a", 0, 0, 1'234'567).skip(8).record("b", 0, 0, -5).span()).has_value());
  }
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.records.size() == 2);
  CHECK(seen.records[0].time_ns == 1'234'567);
  CHECK(seen.records[1].time_ns == -5);
  CHECK(seen.records[1].payload == "b");
  CHECK(open_reader(dir.path()).ring().timestamps);
}

TEST_CASE("a Writer opened again goes on where the last one stopped") {
  TemporaryDirectory dir;
  for (int start = 0; start < 5; ++start) {
    Writer writer = open_writer(dir.path());
    CHECK(writer.next_seq() == static_cast<std::uint64_t>(start) * 6);
    CHECK(writer.torn_bytes() == 0);
    append_blocks(writer, 3, 2);
    if (start == 2) REQUIRE(writer.seal().has_value());
  }
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 30));
  CHECK(seen.is_true());
  CHECK(seen.gaps.empty());
  CHECK(seen.totals.files == 2);
}

TEST_CASE("a file is sealed before a block would carry it past rotate_size") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(), {.rotate_size = 4096 + 1000});
    append_blocks(writer, 40, 3);
    const auto files = segment_files(dir.path());
    REQUIRE(files.size() > 5);
    for (const auto& file : files) {
      CHECK(std::filesystem::file_size(file) <= 4096 + 1000);
      CHECK((file.extension() == ".open") == (file == files.back()));
    }
  }
  Writer again = open_writer(dir.path());
  CHECK(again.next_seq() == 120);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 120));
  CHECK(seen.is_true());
  CHECK(seen.gaps.empty());
}

TEST_CASE("a block larger than rotate_size gets a file of its own") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(), {.rotate_size = 5000});
  append_blocks(writer, 1);
  const std::string large(6000, 'x');
  REQUIRE(writer.append(Bytes(*writer.end_position()).record(large).span()).has_value());
  append_blocks(writer, 1);
  CHECK(segment_files(dir.path()).size() == 3);
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.records.size() == 3);
  CHECK(seen.records[1].payload == large);
  CHECK(seen.gaps.empty());
}

TEST_CASE("a ring made anew begins a new file; seq goes on") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(1));
    append_blocks(writer, 3);
  }
  {
    Writer writer = open_writer(dir.path(), ring_of(2));
    CHECK_FALSE(writer.end_position().has_value());
    CHECK(writer.next_seq() == 3);
    append_blocks(writer, 2);
  }
  const auto files = segment_files(dir.path());
  REQUIRE(files.size() == 2);
  CHECK(files[0].extension() == ".seg");
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 5));
  CHECK(seen.records[3].position == 0);
  CHECK(seen.gaps.empty());
  // The first ring is still known.
  Writer writer = open_writer(dir.path(), ring_of(1));
  CHECK(writer.end_position() == seen.records[2].position + 24);
  CHECK(writer.next_seq() == 5);
}

TEST_CASE("an appended gap is read back where it was appended, and takes no seq") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    const Position end = *writer.end_position();
    REQUIRE(writer.append(Gap{.lost = 128, .from = end, .to = end + 80, .why = "lost at producer feed-3"}).has_value());
    CHECK(writer.end_position() == end + 80);
    CHECK(writer.next_seq() == 1);
    append_blocks(writer, 1);
    REQUIRE(
        writer
            .append(Gap{.lost = std::nullopt, .from = *writer.end_position(), .to = *writer.end_position(), .why = ""})
            .has_value());
  }
  CHECK(open_writer(dir.path()).next_seq() == 2);
  Reader reader = open_reader(dir.path());
  CHECK(std::holds_alternative<Record>(**reader.next()));
  const auto entry = reader.next();
  REQUIRE(std::holds_alternative<Gap>(**entry));
  const Gap gap = std::get<Gap>(**entry);
  CHECK(gap.lost == std::uint64_t{128});
  CHECK(gap.to == gap.from + 80);
  CHECK(gap.why == "lost at producer feed-3");
  const Seen rest = read_on(reader);
  CHECK(rest.seqs() == range(1, 2));
  REQUIRE(rest.gaps.size() == 1);
  CHECK_FALSE(rest.gaps[0].lost.has_value());
  CHECK(rest.totals.gaps == 2);
  CHECK(rest.totals.lost == 128);
  CHECK(rest.totals.damaged_bytes == 0);
}

TEST_CASE("a span that holds only skips moves the end and is no gap") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    const Position end = *writer.end_position();
    REQUIRE(
        writer.append(Span{.begin = end, .end = end + 512, .records = 0, .first_record = 1, .bytes = {}}).has_value());
    append_blocks(writer, 1);
  }
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 2));
  CHECK(seen.gaps.empty());
}

}  // namespace logbuf::archive::test
