// A copy of what is sound: the same records under the same seqs, and gaps for what is not.
#include "archive/segment_file.hpp"
#include "archive_forgery.hpp"
#include "archive_support.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;
using Kind = Finding::Kind;

RecoveryTotals recover(const fs::path& from, const fs::path& to, std::vector<Finding>* findings = nullptr) {
  auto done = recover_to(from, to, [&](const Finding& finding) {
    if (findings != nullptr) findings->push_back(finding);
  });
  INFO(error_detail());
  REQUIRE(done.has_value());
  return *done;
}

// Nothing but gaps that the archive tells itself.
bool is_clean(const fs::path& target) {
  bool clean = true;
  const auto seen = verify(target, [&](const Finding& f) {
    clean = clean && (f.kind == Kind::told || f.kind == Kind::refused || f.kind == Kind::hole);
  });
  REQUIRE(seen.has_value());
  return clean && seen->totals.damaged_bytes == 0 && seen->totals.torn_bytes == 0 &&
         seen->sealed_files == seen->totals.files &&
         seen->chained_files + 1 == std::max<std::uint64_t>(seen->totals.files, 1);
}

// Record for record; and gap for gap, but for those that lost nothing. A gap of the copy begins where the one before
// it, or the last record, ends; in the original one that repeats positions does not.
void check_same(const fs::path& original, const fs::path& copy, bool positions = true) {
  const Seen a = read_all(original);
  const Seen b = read_all(copy);
  REQUIRE(a.records.size() == b.records.size());
  for (std::size_t i = 0; i < a.records.size(); ++i) {
    const SeenRecord& x = a.records[i];
    const SeenRecord& y = b.records[i];
    CHECK(x.seq == y.seq);
    CHECK(x.position == y.position);
    CHECK(x.payload == y.payload);
    CHECK(x.slot == y.slot);
    CHECK(x.producer == y.producer);
    CHECK(x.time_ns == y.time_ns);
  }
  const auto told = [&](const Seen& seen) {
    std::vector<std::string> all;
    for (const Gap& gap : seen.gaps) {
      if (gap.lost == 0) continue;
      const std::string where = positions ? std::to_string(gap.from) + " " + std::to_string(gap.to) + " " : "";
      all.push_back((gap.lost ? std::to_string(*gap.lost) : "?") + " " + where + gap.why);
    }
    return all;
  };
  CHECK(told(a) == told(b));
}

// Three files; names that change, refusals, a gap, a hole.
void make_archive(const fs::path& directory, bool seal_last = true) {
  Writer writer = open_writer(directory);
  for (std::uint64_t file = 0; file < 3; ++file) {
    const auto here = [&] { return writer.end_position().value_or(0); };
    REQUIRE(writer.append(ProducerName{.slot = 0, .from = here(), .pid = 1, .name = "a" + std::to_string(file)}));
    append_blocks(writer, 3, 2);
    REQUIRE(writer.append(Refused{.slot = 0, .at = here(), .total = 10 * (file + 1), .producer = "a"}));
    append_blocks(writer, 2, 2);
    REQUIRE(writer.append(Gap{.lost = 3, .from = here(), .to = here() + 72, .why = "consumed"}));
    Bytes bytes(here());
    bytes.record(payload_of(writer.next_seq())).skip(24).record(payload_of(writer.next_seq() + 1));
    REQUIRE(writer.append(bytes.span(8)));
    if (file < 2 || seal_last) REQUIRE(writer.seal());
  }
}

std::map<std::string, std::string> all_bytes(const fs::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(directory)) {
    all[entry.path().filename().string()] = contents_of(entry.path());
  }
  return all;
}

}  // namespace

TEST_CASE("the copy of a sound archive has the same files, records, gaps and seals, and the original is untouched") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  const auto before = all_bytes(dir / "a");
  std::vector<Finding> findings;
  const RecoveryTotals totals = recover(dir / "a", dir / "b", &findings);
  CHECK(all_bytes(dir / "a") == before);
  CHECK(findings.empty());
  CHECK(totals.files == 3);
  CHECK(totals.records == 36);
  CHECK(totals.gaps == 0);
  check_same(dir / "a", dir / "b");
  CHECK(is_clean(dir / "b"));
  const auto originals = list_files(dir / "a");
  const auto copies = list_files(dir / "b");
  REQUIRE(copies->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const FileInfo& a = (*originals)[i];
    const FileInfo& b = (*copies)[i];
    CHECK(a.path.filename() == b.path.filename());
    CHECK(a.archive_uuid == b.archive_uuid);
    CHECK(a.created_ns == b.created_ns);
    CHECK(a.times->min_ns == b.times->min_ns);
    CHECK(a.times->max_ns == b.times->max_ns);
    CHECK(a.blocks == b.blocks);
  }
}

TEST_CASE("wherever a byte is damaged, the copy has what is left, and tells what is not") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  const fs::path file = segment_files(dir / "a")[1];
  const std::string contents = contents_of(file);
  for (std::uint64_t offset = 0; offset < contents.size(); offset += offset < 4096 ? 1021 : 19) {
    CAPTURE(offset);
    flip(file, offset);
    const RecoveryTotals totals = recover(dir / "a", dir / "b");
    CHECK(totals.damaged_bytes > 0);
    CHECK(totals.records + totals.lost == 36);
    CHECK(is_clean(dir / "b"));
    if (offset >= sizeof(format::FileHeader)) check_same(dir / "a", dir / "b");
    fs::remove_all(dir / "b");
    set_contents(file, contents);
  }
}

TEST_CASE("the gap for what is lost takes the seqs of what is lost, and its place is found") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir / "a");
    append_blocks(writer, 10, 2);
    REQUIRE(writer.seal());
  }
  const fs::path file = segment_files(dir / "a")[0];
  flip(file, contents_of(file).find("record no. 6"));
  std::vector<Finding> findings;
  const RecoveryTotals totals = recover(dir / "a", dir / "b", &findings);
  CHECK(totals.gaps == 1);
  CHECK(totals.lost == 2);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Kind::damaged);
  CHECK(findings[0].seq == 6);
  CHECK(findings[0].seqs == 2);
  CHECK(findings[0].places[0].bytes == 176);
  check_same(dir / "a", dir / "b");
  const Seen seen = read_all(dir / "b");
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == 2);
  CHECK(seen.gaps[0].from == 144);
  CHECK(seen.gaps[0].to == 192);
  std::vector<Finding> told;
  REQUIRE(verify(dir / "b", [&](const Finding& finding) { told.push_back(finding); }));
  REQUIRE(told.size() == 1);
  CHECK(told[0].kind == Kind::told);
  CHECK(told[0].seq == 6);
  CHECK(told[0].seqs == 2);
  std::vector<std::uint64_t> with_5 = range(8, 20);
  with_5.insert(with_5.begin(), 5);
  for (const std::uint64_t seq : {5U, 6U, 7U, 8U}) {
    CAPTURE(seq);
    Reader reader = open_reader(dir / "b");
    REQUIRE(reader.seek_seq(seq));
    const Seen from_there = read_on(reader);
    CHECK(from_there.seqs() == (seq == 5 ? with_5 : range(8, 20)));
    CHECK(from_there.gaps.size() == (seq < 8 ? 1 : 0));
  }
}

TEST_CASE("a Writer goes on with the copy where it ends") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  flip(segment_files(dir / "a")[2], unsealed_size(segment_files(dir / "a")[2]) - 16);  // its last block of records
  recover(dir / "a", dir / "b");
  CHECK(is_clean(dir / "b"));
  Writer writer = open_writer(dir / "b");
  CHECK(writer.next_seq() == 36);
  CHECK(writer.end_position() == open_writer(dir / "a").end_position());
  CHECK(writer.refused(0) == 30);
  append_blocks(writer, 1);
  CHECK(read_all(dir / "b").seqs().back() == 36);
}

TEST_CASE("missing and unreadable files become gaps, whoever's records stand around them") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  {
    Writer writer = open_writer(dir / "a", ring_of(2));
    append_blocks(writer, 3);
    // Fewer than of the other ring, in the same slot.
    REQUIRE(writer.append(Refused{.slot = 0, .at = *writer.end_position(), .total = 4, .producer = "b"}));
    append_blocks(writer, 1);
  }
  auto files = segment_files(dir / "a");
  REQUIRE(files.size() == 4);
  SUBCASE("one is gone") {
    fs::remove(files[1]);
  }
  SUBCASE("the first is gone: that is no gap") {
    fs::remove(files[0]);
  }
  SUBCASE("a header is damaged") {
    flip(files[1], 30);
  }
  SUBCASE("the first header is damaged") {
    flip(files[0], 30);
  }
  SUBCASE("the header before another ring's file is damaged") {
    flip(files[2], 30);
  }
  SUBCASE("the last header is damaged") {
    flip(files[3], 30);
  }
  SUBCASE("the last file is torn") {
    fs::resize_file(files[3], fs::file_size(files[3]) - 8);
  }
  SUBCASE("an older file lost its end") {
    fs::resize_file(files[1], fs::file_size(files[1]) - 300);
  }
  SUBCASE("the newest sealed file lost its end") {
    fs::remove(files[3]);
    fs::resize_file(files[2], fs::file_size(files[2]) - 700);
  }
  recover(dir / "a", dir / "b");
  check_same(dir / "a", dir / "b");
  CHECK(is_clean(dir / "b"));
}

TEST_CASE("positions and seqs that come a second time are not copied") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  const auto files = segment_files(dir / "a");
  std::string doubled = contents_of(files[1]);
  doubled.resize(unsealed_size_of(doubled));
  const std::uint64_t last = doubled.rfind("\xe7LOGBLK\n");
  change_block(doubled, last, [](auto& h) {
    h.first_seq -= 1;
    h.begin -= 24;
  });
  set_contents(files[1], doubled);
  recover(dir / "a", dir / "b");
  check_same(dir / "a", dir / "b", false);
  CHECK(is_clean(dir / "b"));
}

TEST_CASE("a gap whose seqs are not what it lost is damage") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    REQUIRE(writer.append(Gap{.lost = 7, .from = 24, .to = 120, .why = "consumed"}));
    append_blocks(writer, 1);
  }
  const fs::path file = segment_files(dir.path())[0];
  std::string contents = contents_of(file);
  const std::uint64_t gap = contents.find("\xe7LOGBLK\n", 4096 + 8);
  change_block(contents, gap, [](auto& h) { h.record_count = 6; });
  set_contents(file, contents);
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].why.find("the gap's seqs are not what it lost") != std::string::npos);
  CHECK(seen.seqs() == range(0, 2));
}

TEST_CASE("a copy goes only where nothing is") {
  TemporaryDirectory dir;
  make_archive(dir / "a");
  const auto refused = [&](const fs::path& from, const fs::path& to) { return recover_to(from, to, {}).error(); };
  fs::create_directory(dir / "full");
  set_contents(dir / "full" / "file", "x");
  CHECK(refused(dir / "a", dir / "full") == std::errc::directory_not_empty);
  CHECK(refused(dir / "a", dir / "a") == std::errc::invalid_argument);
  CHECK(refused(dir / "a", dir / "a" / "b") == std::errc::invalid_argument);
  CHECK(refused(dir / "full", dir / "b") == Errc::not_an_archive);
  CHECK(!fs::exists(dir / "b"));
  fs::create_directory(dir / "empty");
  CHECK(recover_to(dir / "a", dir / "empty", {}).has_value());
  for (const fs::path& file : segment_files(dir / "a")) flip(file, 30);
  CHECK(refused(dir / "a", dir / "c") == Errc::damaged_archive);
}

TEST_CASE("where nothing can be recovered, nothing is left in the way of another attempt") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 2);
  }
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  flip(file, 100);
  CHECK_FALSE(recover_to(dir.path(), dir.path().string() + "-copy", {}).has_value());
  set_contents(file, whole);
  const auto recovered = recover_to(dir.path(), dir.path().string() + "-copy", {});
  CHECK_MESSAGE(recovered.has_value(), error_detail());
  std::filesystem::remove_all(dir.path().string() + "-copy");
}

}  // namespace logbuf::archive::test
