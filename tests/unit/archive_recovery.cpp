// What a Writer does with what a crash left behind.
#include "archive_forgery.hpp"
#include "archive_support.hpp"

#include <algorithm>
#include <cstring>

#include "archive/format.hpp"
#include "archive/segment_file.hpp"

namespace logbuf::archive::test {

namespace fs = std::filesystem;

TEST_CASE("a torn tail is cut and writing goes on after it, wherever the write stopped") {
  TemporaryDirectory dir;
  std::uint64_t before_last = 0;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3, 2);
    before_last = fs::file_size(segment_files(dir.path())[0]);
    append_blocks(writer, 1, 2);
  }
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  for (std::uint64_t size = before_last; size < whole.size(); ++size) {
    CAPTURE(size);
    set_contents(file, std::string_view(whole).substr(0, size));
    const Seen torn = read_all(dir.path());
    CHECK(torn.seqs() == range(0, 6));
    CHECK(torn.gaps.empty());
    CHECK(torn.totals.torn_bytes == size - before_last);
    {
      Writer writer = open_writer(dir.path());
      CHECK(writer.torn_bytes() == size - before_last);
      CHECK(writer.next_seq() == 6);
      CHECK(writer.end_position() == 6 * 24);
      CHECK(fs::file_size(file) == before_last);
      append_blocks(writer, 2, 1);
    }
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == range(0, 8));
    CHECK(seen.is_true());
    CHECK(seen.gaps.empty());
    CHECK(seen.totals.torn_bytes == 0);
  }
}

TEST_CASE("damage in the middle is never cut") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 5);
  }
  const auto file = segment_files(dir.path())[0];
  const auto size = fs::file_size(file);
  flip(file, 4096 + 2 * 152 + 130);
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.torn_bytes() == 0);
    CHECK(writer.next_seq() == 5);
    CHECK(fs::file_size(file) == size);
    append_blocks(writer, 1);
  }
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 3, 4, 5});
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{1});
}

TEST_CASE(
    "where a sealed file's end is missing, its records are written again by the next Writer, under the same seqs") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 4);
    REQUIRE(writer.seal().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  set_contents(file, contents_of(file).substr(0, unsealed_size(file) - 1));
  const auto size = fs::file_size(file);
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.next_seq() == 3);
    CHECK(writer.end_position() == 3 * 24);
    append_blocks(writer, 2);
  }
  CHECK(fs::file_size(file) == size);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(0, 5));
  CHECK(seen.is_true());
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{0});
}

TEST_CASE("where a sealed file's last record and its seal are damaged, the record is lost, and no seq is given twice") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 4);
    REQUIRE(writer.seal().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, unsealed_size(file) - 1);
  flip(file, fs::file_size(file) - 1);
  {
    Writer writer = open_writer(dir.path());
    CHECK(writer.next_seq() == 4);
    append_blocks(writer, 2);
  }
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == std::vector<std::uint64_t>{0, 1, 2, 4, 5});
  CHECK(seen.totals.lost == 1);
}

TEST_CASE("files left open by a crash while rotating are sealed, wherever the crash came") {
  for (const bool ends_written : {true, false}) {
    CAPTURE(ends_written);
    TemporaryDirectory dir;
    {
      Writer writer = open_writer(dir.path());
      for (int i = 0; i < 3; ++i) {
        append_blocks(writer, 2);
        REQUIRE(writer.seal().has_value());
      }
    }
    const auto sealed = segment_files(dir.path());
    std::vector<std::string> whole;
    for (const auto& file : sealed) {
      whole.push_back(contents_of(file));
      if (!ends_written) set_contents(file, whole.back().substr(0, unsealed_size(file)));
      fs::rename(file, fs::path(file).replace_extension(".open"));
    }
    set_contents(segment_files(dir.path())[1], contents_of(segment_files(dir.path())[1]) + "torn");
    CHECK(read_all(dir.path()).totals.torn_bytes == 4);
    {
      Writer writer = open_writer(dir.path());
      CHECK(writer.next_seq() == 6);
      CHECK(writer.torn_bytes() == 4);
      append_blocks(writer, 1);
    }
    const auto files = segment_files(dir.path());
    // The newest is gone on with, unless its end is there already.
    REQUIRE(files.size() == (ends_written ? 4 : 3));
    for (std::size_t i = 0; i < files.size(); ++i)
      CHECK(files[i].extension() == (i + 1 < files.size() ? ".seg" : ".open"));
    if (ends_written) CHECK(contents_of(files[2]) == whole[2]);
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == range(0, 7));
    CHECK(seen.gaps.empty());
    CHECK(seen.totals.torn_bytes == 0);
  }
}

TEST_CASE("an index without its seal is an unfinished write, and the file goes on where it stood") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 3);
    REQUIRE(writer.seal().has_value());
  }
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  const auto open = fs::path(file).replace_extension(".open");
  fs::remove(file);
  for (std::size_t left = unsealed_size_of(whole); left < whole.size(); left += 8) {
    CAPTURE(left);
    set_contents(open, whole.substr(0, left));
    {
      Writer writer = open_writer(dir.path());
      CHECK(writer.torn_bytes() == left - unsealed_size_of(whole));
      append_blocks(writer, 1);
    }
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == range(0, 4));
    CHECK(seen.gaps.empty());
  }
}

TEST_CASE("where the seal came to the disk and the index did not, both are written anew") {
  for (const bool zeros : {true, false}) {
    TemporaryDirectory dir;
    {
      Writer writer = open_writer(dir.path());
      append_blocks(writer, 3);
      REQUIRE(writer.seal().has_value());
    }
    const auto file = segment_files(dir.path())[0];
    const std::string whole = contents_of(file);
    std::string torn = whole;
    if (zeros) std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(unsealed_size_of(whole)), 140, '\0');
    if (!zeros) torn[unsealed_size_of(whole) + 130] ^= 1;
    fs::remove(file);
    set_contents(fs::path(file).replace_extension(".open"), torn);
    CHECK(open_writer(dir.path()).next_seq() == 3);
    CHECK(contents_of(file).size() == whole.size());
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == range(0, 3));
    CHECK(seen.gaps.empty());
    CHECK(seen.totals.damaged_bytes == 0);
  }
}

TEST_CASE("a file without its whole header is damaged, for it had one when it got its name") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
    append_blocks(writer, 1);
  }
  const auto newest = segment_files(dir.path())[1];
  const std::string whole = contents_of(newest);
  for (const std::string& left : {std::string(), whole.substr(0, 5), whole.substr(0, 4095), std::string(4096, '\0')}) {
    CAPTURE(left.size());
    set_contents(newest, left);
    const Seen seen = read_all(dir.path());
    CHECK(seen.seqs() == range(0, 2));
    REQUIRE(seen.gaps.size() == 1);
    CHECK_FALSE(seen.gaps[0].lost);
    CHECK(seen.gaps[0].why.find("blank or cut short") != std::string::npos);
    const auto verified = verify(dir.path(), {});
    REQUIRE(verified.has_value());
    CHECK_FALSE(verified->is_sound());
    CHECK_FALSE(Writer::open(dir.path(), ring_of()).has_value());
    CHECK(error_detail().find(newest.string()) != std::string::npos);
    CHECK(contents_of(newest) == left);
  }
  set_contents(newest, whole);
  CHECK(open_writer(dir.path()).next_seq() == 3);
}

TEST_CASE("what a Writer was making when it ended has no name yet, and is removed by the next") {
  TemporaryDirectory dir;
  append_blocks(*std::make_unique<Writer>(open_writer(dir.path())), 1);
  const auto unfinished = fs::path(segment_files(dir.path())[0]).replace_extension(".new");
  set_contents(unfinished, "LOGBUFS");
  CHECK(read_all(dir.path()).gaps.empty());
  CHECK(open_writer(dir.path()).next_seq() == 1);
  CHECK_FALSE(fs::exists(unfinished));
}

TEST_CASE("a link that leads nowhere is a file that cannot be opened, also where it is the newest") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
    append_blocks(writer, 1);
    REQUIRE(writer.seal().has_value());
  }
  const auto newest = segment_files(dir.path())[1];
  fs::remove(newest);
  fs::create_symlink("/nowhere/at/all", newest);
  Reader reader = open_reader(dir.path());
  const Seen seen = read_on(reader);
  CHECK(seen.seqs() == range(0, 2));
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].why.find(newest.string()) != std::string::npos);
  CHECK(seen.gaps[0].why.find("cannot be opened") != std::string::npos);
  REQUIRE(reader.seek_last(1).has_value());
  CHECK(read_on(reader).seqs() == range(1, 2));
}

TEST_CASE("the last records are those that can be read, also where what was written behind them is torn") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 6);
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, fs::file_size(file) - 1);
  flip(file, fs::file_size(file) - 1 - sizeof(format::BlockHeader) - 24);
  Reader reader = open_reader(dir.path());
  CHECK(reader.end_seq() == 4);
  REQUIRE(reader.seek_last(2).has_value());
  CHECK(read_on(reader).seqs() == range(2, 4));
}

TEST_CASE("an archive of another version is refused, and so are features this one does not know") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
  }
  const auto file = segment_files(dir.path())[0];
  const std::string whole = contents_of(file);
  const auto change = [&](std::size_t offset, char value) {
    std::string changed = whole;
    changed[offset] = value;
    format::FileHeader header{};
    std::memcpy(&header, changed.data(), sizeof header);
    sign(header);
    std::memcpy(changed.data(), &header, sizeof header);
    set_contents(file, changed);
  };
  for (const std::size_t offset :
       {offsetof(format::FileHeader, version), offsetof(format::FileHeader, incompatible_flags),
        offsetof(format::FileHeader, record_flags)}) {
    CAPTURE(offset);
    change(offset, 9);
    CHECK(Writer::open(dir.path(), ring_of()).error() == Errc::wrong_archive_version);
    CHECK(error_detail().find(file.string()) != std::string::npos);
    CHECK(Reader::open(dir.path()).error() == Errc::wrong_archive_version);
    CHECK(Reader::open(file).error() == Errc::wrong_archive_version);
    CHECK(describe_header(file).error() == Errc::wrong_archive_version);
  }
  change(offsetof(format::FileHeader, compatible_flags), 2);
  CHECK(open_writer(dir.path()).next_seq() == 1);
  CHECK(read_all(dir.path()).seqs() == range(0, 1));
}

TEST_CASE("a Writer does not guess where an archive ends whose newest header is damaged") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
  }
  const auto file = segment_files(dir.path())[0];
  flip(file, 60);
  CHECK(Writer::open(dir.path(), ring_of()).error() == Errc::damaged_archive);
  CHECK(error_detail().find(file.string()) != std::string::npos);
  CHECK(describe_header(file).error() == Errc::damaged_archive);
}

}  // namespace logbuf::archive::test
