// Files that are in an archive's directory and do not belong there, or that nobody can read: they are named and left
// out, and the others are read as if they were not there.
#include <sys/stat.h>

#include <algorithm>

#include <logbuf/keeper.hpp>

#include "archive_forgery.hpp"
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;

// Three files of two records each.
void make_archive(const fs::path& directory) {
  Writer writer = open_writer(directory);
  for (int i = 0; i < 3; ++i) {
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
}

// A sealed file of another archive of a ring of the same name, with seqs [first, first + 2).
fs::path put_foreign(const fs::path& directory, int first = 6) {
  TemporaryDirectory other;
  {
    Writer writer = open_writer(other.path());
    append_blocks(writer, first);
    REQUIRE(writer.seal().has_value());
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
  const fs::path foreign = segment_files(other.path()).back();
  const fs::path there = directory / foreign.filename();
  fs::copy_file(foreign, there);
  return there;
}

}  // namespace

TEST_CASE("a file of another archive is named and left out, and nothing of this one is missing") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path foreign = put_foreign(dir.path());
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 6));
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].why.find(foreign.string()) != std::string::npos);
  CHECK(seen.gaps[0].why.find("another archive") != std::string::npos);

  std::vector<Finding> findings;
  const auto verified = verify(dir.path(), [&](const Finding& finding) { findings.push_back(finding); });
  REQUIRE(verified.has_value());
  CHECK_FALSE(verified->is_sound());
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Finding::Kind::damaged);
  CHECK(findings[0].places.at(0).file == foreign);

  const auto files = list_files(dir.path());
  REQUIRE(files.has_value());
  CHECK(files->back().foreign);
  CHECK(files->back().fault.find("another archive") != std::string::npos);

  auto reader = Reader::open(dir.path());
  REQUIRE(reader.has_value());
  CHECK(reader->end_seq() == 6);
}

TEST_CASE("a Writer does not go on behind a file of another archive, and says what to do") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const fs::path foreign = put_foreign(dir.path());
  const auto writer = Writer::open(dir.path(), ring_of());
  REQUIRE_FALSE(writer.has_value());
  CHECK(writer.error() == Errc::damaged_archive);
  CHECK(error_detail().find(foreign.string()) != std::string::npos);
  CHECK(error_detail().find("move it out") != std::string::npos);
  fs::remove(foreign);
  Writer again = open_writer(dir.path());
  CHECK(again.next_seq() == 6);
}

TEST_CASE("a file of another archive is neither compressed nor removed, and keeps none from going") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const auto files = segment_files(dir.path());
  forge_header(files[0], [](auto& header) { header.archive_uuid[0] ^= std::byte{1}; });
  Writer writer = open_writer(dir.path());
  auto keeper = writer.keeper();
  REQUIRE(keeper.has_value());
  const auto sealed = keeper->sealed_files();
  REQUIRE(sealed.has_value());
  REQUIRE(sealed->size() == 2);
  CHECK(sealed->front().name == files[1].filename());
  CHECK(keeper->remove(sealed->front().name).has_value());
  CHECK(fs::exists(files[0]));
}

TEST_CASE("behind a file of another archive the newest file of this one stays, whatever may go") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 2);
  REQUIRE(writer.seal().has_value());
  const auto mine = segment_files(dir.path()).front();
  auto keeper = writer.keeper();
  REQUIRE(keeper.has_value());
  put_foreign(dir.path());
  const auto sealed = keeper->sealed_files();
  REQUIRE(sealed.has_value());
  REQUIRE(sealed->size() == 1);
  CHECK(sealed->front().last);
  CHECK_FALSE(keeper->remove(sealed->front().name).has_value());
  // Somebody else removes it: nothing is left that may go.
  fs::remove(mine);
  CHECK(keeper->sealed_files()->empty());
  CHECK_FALSE(keeper->remove(mine.filename().string()).has_value());
}

TEST_CASE("what stands where the oldest file should, and is none, keeps no file from being removed") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  Writer writer = open_writer(dir.path());
  const auto files = segment_files(dir.path());
  fs::remove(files[0]);
  fs::create_directory(files[0]);
  auto keeper = writer.keeper();
  REQUIRE(keeper.has_value());
  const auto sealed = keeper->sealed_files();
  REQUIRE(sealed.has_value());
  REQUIRE(sealed->size() == 2);
  CHECK(keeper->remove(sealed->front().name).has_value());
}

TEST_CASE("who follows a file in use follows it on, whatever is put behind it") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 2);
  Reader reader = open_reader(dir.path());
  CHECK(read_on(reader).seqs() == range(0, 2));
  put_foreign(dir.path());
  const Seen told = read_on(reader);
  CHECK(told.records.empty());
  CHECK(told.gaps.size() == 1);
  append_blocks(writer, 2);
  CHECK(read_on(reader).seqs() == range(2, 4));
  REQUIRE(writer.seal().has_value());
  append_blocks(writer, 1);
  const Seen on = read_on(reader);
  CHECK(on.seqs() == range(4, 5));
  CHECK(on.gaps.empty());
}

TEST_CASE("a seek finds its place also where the names lead to a file of another archive") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 10);
    REQUIRE(writer.seal().has_value());
  }
  put_foreign(dir.path());
  Reader reader = open_reader(dir.path());
  REQUIRE(reader.seek_last(2).has_value());
  CHECK(read_on(reader).seqs() == range(8, 10));
  REQUIRE(reader.seek_seq(7).has_value());
  CHECK(read_on(reader).seqs() == range(7, 10));
}

TEST_CASE("a file of another archive in front of the first makes no loss of what retention has removed") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  fs::remove(segment_files(dir.path())[0]);
  put_foreign(dir.path(), 1);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(2, 6));
  CHECK(seen.totals.lost == 0);
}

TEST_CASE("what a failed sync left in two files is cut where this archive's next file begins, and no other's") {
  TemporaryDirectory dir;
  std::string whole;
  fs::path open;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 4);
    open = segment_files(dir.path()).front();
    whole = contents_of(open);
    REQUIRE(writer.seal().has_value());
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
  // As if it had never been sealed.
  fs::remove(segment_files(dir.path())[0]);
  set_contents(open, whole);
  put_foreign(dir.path(), 2);
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.torn_bytes() == 0);
    CHECK(writer.next_seq() == 6);
  }
  CHECK(read_all(dir.path()).seqs() == range(0, 6));
}

TEST_CASE("without a lock file no Writer goes on behind a file of another archive either") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  fs::remove(dir / "LOCK");
  put_foreign(dir.path());
  CHECK_FALSE(Writer::open(dir.path(), ring_of()).has_value());
  CHECK(read_all(dir.path()).seqs() == range(0, 6));
}

TEST_CASE("without a lock file, or with one that is damaged, the oldest file says which archive it is") {
  for (const bool damaged : {false, true}) {
    CAPTURE(damaged);
    TemporaryDirectory dir;
    make_archive(dir.path());
    const fs::path lock = dir / "LOCK";
    if (damaged) {
      flip(lock, fs::file_size(lock) - 12);
    } else {
      fs::remove(lock);
    }
    const Seen sound = read_all(dir.path());
    CHECK(sound.seqs() == range(0, 6));
    CHECK(sound.gaps.empty());
    const fs::path foreign = put_foreign(dir.path());
    CHECK(read_all(dir.path()).seqs() == range(0, 6));
    fs::remove(foreign);
    CHECK(open_writer(dir.path()).next_seq() == 6);
    CHECK(read_all(dir.path()).gaps.empty());
  }
}

TEST_CASE("an archive keeps its uuid where all of its files are gone") {
  TemporaryDirectory dir;
  make_archive(dir.path());
  const auto before = list_files(dir.path());
  REQUIRE(before.has_value());
  for (const auto& file : segment_files(dir.path())) fs::remove(file);
  make_archive(dir.path());
  const auto after = list_files(dir.path());
  REQUIRE(after.has_value());
  CHECK(before->front().archive_uuid == after->front().archive_uuid);
}

TEST_CASE("a file that cannot be opened, or not be read, is a gap, and the others are read") {
  for (const std::string_view what : {"directory", "link to itself", "pipe"}) {
    CAPTURE(what);
    const bool opens = what != "link to itself";
    TemporaryDirectory dir;
    make_archive(dir.path());
    const auto files = segment_files(dir.path());
    fs::remove(files[1]);
    if (what == "directory") {
      fs::create_directory(files[1]);
    } else if (what == "pipe") {
      REQUIRE(::mkfifo(files[1].c_str(), 0600) == 0);
    } else {
      fs::create_symlink(files[1].filename(), files[1]);
    }
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 4, 5});
    REQUIRE(seen.gaps.size() == 1);
    CHECK(seen.gaps[0].lost == 2U);
    CHECK(seen.gaps[0].why.find(files[1].string()) != std::string::npos);
    CHECK(seen.gaps[0].why.find(opens ? "cannot be read" : "cannot be opened") != std::string::npos);
    const auto listed = list_files(dir.path());
    REQUIRE(listed.has_value());
    REQUIRE(listed->size() == 3);
    CHECK_FALSE((*listed)[1].fault.empty());
    TemporaryDirectory other;
    const auto recovered = recover_to(dir.path(), other / "sound", {});
    REQUIRE(recovered.has_value());
    CHECK(recovered->records == 4);
    CHECK(recovered->lost == 2);
  }
}

}  // namespace logbuf::archive::test
