// What verify() finds, and that it finds nothing where there is nothing.
#include <cstring>

#include "archive/checksum.hpp"
#include "archive/segment_file.hpp"
#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;
using Kind = Finding::Kind;

struct Outcome {
  Verification seen;
  std::vector<Finding> findings;

  std::vector<Kind> kinds() const {
    std::vector<Kind> all;
    for (const auto& finding : findings) all.push_back(finding.kind);
    return all;
  }
};

Outcome verify_all(const fs::path& target) {
  Outcome outcome;
  auto seen = verify(target, [&](const Finding& finding) { outcome.findings.push_back(finding); });
  INFO(error_detail());
  REQUIRE(seen.has_value());
  outcome.seen = *seen;
  return outcome;
}

// Three sealed files of four blocks of two records each, each with a producer's name.
void make_archive(const fs::path& directory, const std::string& name = "feed") {
  Writer writer = open_writer(directory);
  for (std::uint64_t file = 0; file < 3; ++file) {
    const Position here = writer.end_position().value_or(0);
    REQUIRE(writer.append(ProducerName{.slot = 0, .from = here, .pid = 1, .name = name + std::to_string(file)}));
    append_blocks(writer, 4, 2);
    REQUIRE(writer.seal());
  }
}

// Of a sealed file: where its index and its seal begin.
struct End {
  std::uint64_t index = 0;
  std::uint64_t seal = 0;
};
End end_of(const std::string& contents) {
  return {.index = unsealed_size_of(contents),
          .seal = contents.size() - sizeof(format::SealPayload) - sizeof(format::BlockHeader)};
}

// Changes a sealed file's seal as somebody would who knows how to sign it.
template <class Change>
void forge_seal(const fs::path& file, Change change) {
  std::string contents = contents_of(file);
  const std::uint64_t offset = contents.size() - sizeof(format::SealPayload);
  format::SealPayload seal{};
  std::memcpy(&seal, contents.data() + offset, sizeof seal);
  change(seal);
  std::memcpy(contents.data() + offset, &seal, sizeof seal);
  change_block(contents, offset - sizeof(format::BlockHeader), [](auto&) {});
  set_contents(file, contents);
}

// Likewise, 64 bits of its index.
template <class Change>
void forge_index(const fs::path& file, std::uint64_t offset_in_payload, Change change) {
  std::string contents = contents_of(file);
  const std::uint64_t index = end_of(contents).index;
  const std::uint64_t offset = index + sizeof(format::BlockHeader) + offset_in_payload;
  std::uint64_t word = 0;
  std::memcpy(&word, contents.data() + offset, sizeof word);
  change(word);
  std::memcpy(contents.data() + offset, &word, sizeof word);
  change_block(contents, index, [](auto&) {});
  set_contents(file, contents);
}

}  // namespace

TEST_CASE("a whole archive is sound: its seals are compared, and each file vouches for the one before") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const Outcome outcome = verify_all(dir.path());
  CHECK(outcome.seen.is_sound());
  CHECK(outcome.findings.empty());
  CHECK(outcome.seen.totals.records == 24);
  CHECK(outcome.seen.sealed_files == 3);
  CHECK(outcome.seen.chained_files == 2);
  CHECK(outcome.seen.first_seq == 0);
  CHECK(outcome.seen.last_seq == 23);
}

TEST_CASE("a file in use is verified as far as it goes, and its torn end is told and no damage") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 3);
  const fs::path file = segment_files(dir.path())[0];
  CHECK(verify_all(dir.path()).findings.empty());
  const std::uint64_t size = fs::file_size(file);
  fs::resize_file(file, size - 8);
  const Outcome outcome = verify_all(dir.path());
  CHECK(outcome.seen.is_sound());
  CHECK(outcome.seen.totals.records == 2);
  REQUIRE(outcome.kinds() == std::vector{Kind::torn});
  REQUIRE(outcome.findings[0].places.size() == 1);
  CHECK(outcome.findings[0].places[0].file == file);
  CHECK(outcome.findings[0].places[0].offset == size - 152);
  CHECK(outcome.findings[0].places[0].bytes == 144);
}

TEST_CASE("a damaged block is told with its file, offset and bytes, and the seqs and positions that it had") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path file = segment_files(dir.path())[1];
  // Behind the header: the producer's name (152 bytes), then blocks of 128 + 2 * 24 bytes.
  const std::uint64_t offset =
      contents_of(file).find("record no. 10") - record::kHeaderSize - sizeof(format::BlockHeader);
  flip(file, offset + sizeof(format::BlockHeader) + record::kHeaderSize);
  const Outcome outcome = verify_all(dir.path());
  CHECK(!outcome.seen.is_sound());
  CHECK(outcome.seen.totals.damaged_bytes == 176);
  CHECK(outcome.seen.sealed_files == 2);
  REQUIRE(outcome.kinds() == std::vector{Kind::damaged});
  const Finding& finding = outcome.findings[0];
  CHECK(finding.lost == 2);
  CHECK(finding.seq == 10);
  CHECK(finding.seqs == 2);
  CHECK(finding.from == 240);
  CHECK(finding.to == 288);
  REQUIRE(finding.places.size() == 1);
  CHECK(finding.places[0].file == file);
  CHECK(finding.places[0].offset == offset);
  CHECK(finding.places[0].bytes == 176);
}

TEST_CASE("each of two damaged places is told by itself") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const auto files = segment_files(dir.path());
  for (const std::size_t i : {0U, 2U}) flip(files[i], unsealed_size(files[i]) - 16);
  const Outcome outcome = verify_all(dir.path());
  REQUIRE(outcome.kinds() == std::vector{Kind::damaged, Kind::damaged});
  for (const std::size_t i : {0U, 1U}) {
    REQUIRE(outcome.findings[i].places.size() == 1);
    CHECK(outcome.findings[i].places[0].file == files[2 * i]);
    CHECK(outcome.findings[i].lost == 2);
  }
}

TEST_CASE("damage in every single byte of a sealed file is found, and costs no record outside its block") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path file = segment_files(dir.path())[1];
  const std::string contents = contents_of(file);
  for (std::uint64_t offset = 0; offset < contents.size(); offset += offset < 4096 ? 61 : 3) {
    CAPTURE(offset);
    flip(file, offset);
    const Outcome outcome = verify_all(dir.path());
    CHECK(!outcome.seen.is_sound());
    CHECK(outcome.seen.totals.damaged_bytes > 0);
    REQUIRE(!outcome.findings.empty());
    CHECK(outcome.findings[0].kind == Kind::damaged);
    CHECK(outcome.seen.totals.records + outcome.seen.totals.lost == 24);
    if (offset >= sizeof(format::FileHeader)) CHECK(outcome.seen.totals.lost <= 2);
    set_contents(file, contents);
  }
}

TEST_CASE("a missing file is told by the seqs that are missing, and not as damage") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  fs::remove(segment_files(dir.path())[1]);
  const Outcome outcome = verify_all(dir.path());
  REQUIRE(outcome.kinds() == std::vector{Kind::missing});
  CHECK(outcome.findings[0].seq == 8);
  CHECK(outcome.findings[0].seqs == 8);
  CHECK(outcome.findings[0].places.empty());
  CHECK(!outcome.seen.is_sound());
  fs::remove(segment_files(dir.path())[0]);
  CHECK_MESSAGE(verify_all(dir.path()).seen.is_sound(), "files that were not retained are no loss");
}

TEST_CASE("a file whose header is damaged is told as a whole") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path file = segment_files(dir.path())[1];
  flip(file, 100);
  const Outcome outcome = verify_all(dir.path());
  REQUIRE(outcome.kinds() == std::vector{Kind::damaged});
  REQUIRE(outcome.findings[0].places.size() == 1);
  CHECK(outcome.findings[0].places[0].file == file);
  CHECK(outcome.findings[0].places[0].bytes == fs::file_size(file));
  CHECK(outcome.findings[0].seqs == 8);
}

TEST_CASE("what the archive itself tells is told again, and is no damage") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  REQUIRE(writer.append(Gap{.lost = 7, .from = 24, .to = 120, .why = "consumed by somebody else"}));
  append_blocks(writer, 1);
  REQUIRE(writer.append(Refused{.slot = 3, .at = 144, .total = 5, .producer = "feed"}));
  Bytes bytes(144);
  bytes.record("x").skip(24).record("y");
  REQUIRE(writer.append(bytes.span()));
  const Outcome outcome = verify_all(dir.path());
  REQUIRE(outcome.kinds() == std::vector{Kind::told, Kind::refused});
  CHECK(outcome.findings[0].lost == 7);
  CHECK(outcome.findings[0].seq == 1);
  CHECK(outcome.findings[0].seqs == 0);
  CHECK(outcome.findings[1].lost == 5);
  CHECK(outcome.findings[1].seq == 2);
  CHECK(outcome.seen.losses == 2);
  CHECK(outcome.seen.totals.damaged_bytes == 0);
  CHECK(outcome.seen.totals.refused == 5);
  CHECK(!outcome.seen.is_sound());
}

TEST_CASE("an index that does not fit the blocks is a contradiction, and costs no record") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path file = segment_files(dir.path())[1];
  const std::string contents = contents_of(file);
  // All blocks share one entry: offset, first seq, begin, times; then the name's offset and payload.
  const struct {
    std::uint64_t offset_in_payload;
    std::uint64_t change;
  } forgeries[] = {{16, 152}, {24, 1}, {32, 8}, {40, ~std::uint64_t{0}}, {48, 1}, {56, 8}, {64, 1}, {72, 8}, {80, 1}};
  for (const auto& forgery : forgeries) {
    CAPTURE(forgery.offset_in_payload);
    forge_index(file, forgery.offset_in_payload, [&](auto& word) { word += forgery.change; });
    const Outcome outcome = verify_all(dir.path());
    REQUIRE(!outcome.findings.empty());
    CHECK(outcome.findings[0].kind == Kind::contradiction);
    CHECK(outcome.findings[0].places[0].file == file);
    CHECK(outcome.findings[0].why.find("index") != std::string::npos);
    CHECK(outcome.seen.totals.records == 24);
    CHECK(!outcome.seen.is_sound());
    set_contents(file, contents);
  }
}

TEST_CASE("an index that has other totals of refused records than the blocks is a contradiction") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
  REQUIRE(writer.append(Refused{.slot = 0, .at = 24, .total = 5, .producer = "feed"}));
  REQUIRE(writer.seal());
  append_blocks(writer, 1);
  REQUIRE(writer.seal());
  CHECK(verify_all(dir.path()).kinds() == std::vector{Kind::refused});
  // Behind one entry: slot and name's length, then the total.
  forge_index(segment_files(dir.path())[0], 64, [](auto& word) { word += 1; });
  CHECK(verify_all(dir.path()).kinds() == std::vector{Kind::refused, Kind::contradiction});
}

TEST_CASE("a seal that does not fit the blocks is a contradiction") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path file = segment_files(dir.path())[2];
  const std::string contents = contents_of(file);
  const auto finds = [&](const char* why, auto change) {
    forge_seal(file, change);
    const Outcome outcome = verify_all(dir.path());
    REQUIRE(outcome.kinds() == std::vector{Kind::contradiction});
    CHECK_MESSAGE(outcome.findings[0].why.find(why) != std::string::npos, outcome.findings[0].why);
    set_contents(file, contents);
  };
  finds("blocks", [](auto& seal) { seal.blocks += 1; });
  finds("records", [](auto& seal) { seal.records += 1; });
  finds("bytes", [](auto& seal) { seal.payload_bytes -= 1; });
  finds("times", [](auto& seal) { seal.time_max_ns += 1; });
  finds("digest", [](auto& seal) { seal.seal[3] ^= std::byte{1}; });
  finds("disagree", [](auto& seal) { seal.previous_seal[3] ^= std::byte{1}; });
}

TEST_CASE("a file that was exchanged does not fit the seal that the next one names") {
  TemporaryDirectory dir;
  TemporaryDirectory other;
  make_archive(dir.path());
  make_archive(other.path(), "other");
  const auto files = segment_files(dir.path());
  // As sound in itself as the one that was there, and of the same archive, but of other blocks.
  format::FileHeader mine{};
  std::memcpy(&mine, contents_of(files[1]).data(), sizeof mine);
  set_contents(files[1], contents_of(segment_files(other.path())[1]));
  CHECK(verify_all(files[1]).seen.is_sound());
  forge_header(files[1], [&](auto& header) { header.archive_uuid = mine.archive_uuid; });
  CHECK(verify_all(files[1]).seen.is_sound());
  const Outcome outcome = verify_all(dir.path());
  REQUIRE(!outcome.findings.empty());
  CHECK(outcome.kinds() == std::vector(outcome.findings.size(), Kind::contradiction));
  CHECK(outcome.findings.back().places[0].offset == 272);
  CHECK(outcome.seen.totals.records == 24);
  CHECK(outcome.seen.chained_files < 2);
}

TEST_CASE("a file that was sealed by a successor is sound, and the one behind it vouches for nobody") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(1));
    append_blocks(writer, 2);
  }
  // The ring was made anew.
  Writer writer = open_writer(dir.path(), ring_of(2));
  append_blocks(writer, 2);
  REQUIRE(writer.seal());
  const Outcome outcome = verify_all(dir.path());
  CHECK(outcome.findings.empty());
  CHECK(outcome.seen.sealed_files == 2);
}

}  // namespace logbuf::archive::test
