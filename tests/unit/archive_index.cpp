// How records are put into blocks, and found again: by seq, by time, from the end.
#include <map>

#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

// Records of 1000 bytes whose timestamps go up by 10, in one span a hundred.
void append_timed(Writer& writer, int count, std::int64_t first_time_ns) {
  const std::string payload(1000, 'x');
  for (int done = 0; done < count; done += 100) {
    Bytes bytes(writer.end_position().value_or(0), true);
    for (int i = done; i < done + 100; ++i) bytes.record(payload, 1, 0, first_time_ns + 10 * i);
    REQUIRE(writer.append(bytes.span()).has_value());
  }
}

RingIdentity timed_ring() {
  return ring_of(1, true, 1 << 20);
}

}  // namespace

TEST_CASE("records are put together in blocks of 64 KiB, and a longer one is a block by itself") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(1, false, 1 << 20));
  Bytes bytes(0);
  for (int i = 0; i < 100; ++i) bytes.record(std::string(1016, 'a'));  // 1 KiB with its header
  bytes.record(std::string(100'000, 'b'));
  bytes.record("c");
  REQUIRE(writer.append(bytes.span(24)).has_value());
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 102));
  CHECK(seen.gaps.empty());
  CHECK(seen.totals.blocks == 4);  // 64, 36, 1 and 1
  CHECK(seen.records[100].payload == std::string(100'000, 'b'));
  CHECK(seen.records[101].payload == "c");
  CHECK(writer.end_position() == bytes.end() + 24);
  REQUIRE(writer.seal().has_value());
  const Sealed sealed = end_of(segment_files(dir.path())[0]);
  CHECK(sealed.end.seal.records == 102);
  CHECK(sealed.end.seal.blocks == 4);
  CHECK(sealed.end.end == *writer.end_position());
  CHECK(sealed.end.end_seq == 102);
}

TEST_CASE("a seq is found in the middle of an archive, with the name that its slot had there") {
  for (const bool sealed : {true, false}) {
    CAPTURE(sealed);
    TemporaryDirectory dir;
    Writer writer = open_writer(dir.path(), timed_ring());
    for (int file = 0; file < 3; ++file) {
      for (int i = 0; i < 12; ++i) {
        const std::string name = std::to_string(file) + "-" + std::to_string(i);
        REQUIRE(
            writer.append(ProducerName{.slot = 1, .from = writer.end_position().value_or(0), .pid = 1, .name = name})
                .has_value());
        append_timed(writer, 100, 0);
      }
      if (sealed || file < 2) REQUIRE(writer.seal().has_value());
    }
    Reader reader = open_reader(dir.path());
    for (const std::uint64_t seq : {3599U, 0U, 1U, 99U, 100U, 1199U, 1200U, 1250U, 2399U, 2400U, 3000U}) {
      CAPTURE(seq);
      REQUIRE(reader.seek_seq(seq).has_value());
      const auto entry = reader.next();
      REQUIRE(entry.has_value());
      REQUIRE(entry->has_value());
      const auto& record = std::get<Record>(**entry);
      CHECK(record.seq == seq);
      CHECK(record.producer == std::to_string(seq / 1200) + "-" + std::to_string(seq % 1200 / 100));
    }
    const Seen rest = read_on(reader);
    CHECK(rest.seqs() == range(3001, 3600));
    CHECK(rest.gaps.empty());
    REQUIRE(reader.seek_last(250).has_value());
    CHECK(read_on(reader).seqs() == range(3350, 3600));
    REQUIRE(reader.seek_last(9999).has_value());
    CHECK(read_on(reader).seqs() == range(0, 3600));
    REQUIRE(reader.seek_seq(99'999).has_value());
    CHECK(read_on(reader).records.empty());
  }
}

TEST_CASE("a time is found: nothing at or behind it is passed over, and blocks that are older are") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), timed_ring());
  append_timed(writer, 1000, 0);
  REQUIRE(writer.seal().has_value());
  append_timed(writer, 1000, 10'000);
  Reader reader = open_reader(dir.path());
  for (const std::int64_t time : {0, 1, 4321, 9990, 9991, 10'000, 15'005, 19'990, 19'991}) {
    CAPTURE(time);
    REQUIRE(reader.seek_time(time).has_value());
    const Seen seen = read_on(reader);
    CHECK(seen.gaps.empty());
    std::uint64_t wanted = 0;
    for (const auto& record : seen.records) wanted += *record.time_ns >= time ? 1 : 0;
    CHECK(wanted == static_cast<std::uint64_t>(2000 - (time + 9) / 10));
    CHECK(seen.records.size() < wanted + 70);  // a block's, which is a few more
  }
}

TEST_CASE("each file vouches for the one before it") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    for (int file = 0; file < 2; ++file) {
      append_blocks(writer, 3);
      REQUIRE(writer.seal().has_value());
    }
  }
  {
    Writer writer = open_writer(dir.path());  // whoever goes on
    append_blocks(writer, 3);
    REQUIRE(writer.seal().has_value());
  }
  const auto files = segment_files(dir.path());
  REQUIRE(files.size() == 3);
  format::Digest before{};
  std::map<format::Digest, int> seals;
  for (const auto& file : files) {
    const Sealed sealed = end_of(file);
    CHECK(sealed.header.previous_seal == before);
    CHECK(sealed.end.seal.previous_seal == before);
    CHECK(sealed.header.archive_uuid == end_of(files[0]).header.archive_uuid);
    CHECK(sealed.header.archive_uuid != Uuid{});
    before = sealed.end.seal.seal;
    seals[before] += 1;
  }
  CHECK(seals.size() == 3);
}

TEST_CASE("an index that is damaged costs no record, and seqs are found without it") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 50);
    REQUIRE(writer.seal().has_value());
    append_blocks(writer, 1);
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, unsealed_size(file) + 140);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 51));
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{0});
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_seq(30).has_value());
  const auto entry = reader.next();
  REQUIRE(entry.has_value());
  CHECK(std::get<Record>(**entry).seq == 30);
}

}  // namespace logbuf::archive::test
