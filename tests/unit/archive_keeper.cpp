// What a Keeper knows of an archive's sealed files, and what it removes.
#include <limits>
#include <optional>

#include <logbuf/keeper.hpp>

#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;

Keeper keeper_of(const Writer& writer) {
  auto keeper = writer.keeper();
  REQUIRE_MESSAGE(keeper.has_value(), error_detail());
  return std::move(*keeper);
}

std::vector<SealedFile> files_of(Keeper& keeper) {
  auto files = keeper.sealed_files();
  REQUIRE_MESSAGE(files.has_value(), error_detail());
  return std::move(*files);
}

}  // namespace

TEST_CASE("sealed files are told oldest first, with their seqs, bytes and newest time; the one in use is not") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(1, true));
  for (int file = 0; file < 3; ++file) {
    Bytes bytes(writer.end_position().value_or(0), true);
    bytes.record("a", 0, 0, 1000 * file + 20).record("b", 0, 0, 1000 * file + 10);
    REQUIRE(writer.append(bytes.span()).has_value());
    if (file < 2) REQUIRE(writer.seal().has_value());
  }
  Keeper keeper = keeper_of(writer);
  const auto paths = segment_files(dir.path());
  const auto files = files_of(keeper);
  REQUIRE(files.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(files[i].name == paths[i].filename());
    CHECK(files[i].bytes == fs::file_size(paths[i]));
    CHECK(files[i].first_seq == 2 * i);
    CHECK(files[i].end_seq == 2 * i + 2);
    CHECK(files[i].newest_ns == static_cast<std::int64_t>(1000 * i + 20));
    CHECK_FALSE(files[i].compressed);
    CHECK_FALSE(files[i].last);
  }
  REQUIRE(writer.seal().has_value());
  CHECK(files_of(keeper).size() == 3);
  CHECK(files_of(keeper).back().last);
  REQUIRE(keeper.compress(files[0].name, {}, [] { return false; }).has_value());
  CHECK(files_of(keeper)[0].compressed);
}

TEST_CASE("a file whose records come from the future is as old as its seal") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(1, true));
  Bytes bytes(0, true);
  bytes.record("a", 0, 0, std::numeric_limits<std::int64_t>::max());
  REQUIRE(writer.append(bytes.span()).has_value());
  REQUIRE(writer.seal().has_value());
  Keeper keeper = keeper_of(writer);
  CHECK(files_of(keeper)[0].newest_ns < std::numeric_limits<std::int64_t>::max());
  CHECK(files_of(keeper)[0].newest_ns > 0);
}

TEST_CASE("the oldest sealed file is removed without a gap; the last one and the one in use are not") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  for (int file = 0; file < 3; ++file) {
    append_blocks(writer, 2);
    REQUIRE(writer.seal().has_value());
  }
  append_blocks(writer, 1);
  Keeper keeper = keeper_of(writer);
  auto files = files_of(keeper);
  const auto in_use = segment_files(dir.path()).back();
  for (const std::string& name : {in_use.filename().string(), std::string("LOCK"), std::string("../x")})
    CHECK(error_of(keeper.remove(name)) == std::errc::invalid_argument);
  REQUIRE(keeper.remove(files[0].name).has_value());
  CHECK(files_of(keeper).size() == 2);
  const Seen seen = read_all(dir.path());
  CHECK(seen.seqs() == range(2, 7));
  CHECK(seen.gaps.empty());
  REQUIRE(writer.seal().has_value());
  files = files_of(keeper);
  CHECK(error_of(keeper.remove(files.back().name)) == std::errc::invalid_argument);
  CHECK(fs::exists(dir / files.back().name));
}

TEST_CASE("a Keeper holds the directory, also when its Writer is gone") {
  TemporaryDirectory dir;
  std::optional<Keeper> keeper;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
    keeper = keeper_of(writer);
  }
  CHECK(error_of(Writer::open(dir.path(), ring_of())) == Errc::archive_in_use);
  keeper.reset();
  CHECK(open_writer(dir.path()).next_seq() == 1);
}

TEST_CASE("a Writer says when it has sealed a file") {
  TemporaryDirectory dir;
  int sealed = 0;
  Writer writer = open_writer(dir.path(), ring_of(), {.rotate_size = 8192, .sealed = [&] { ++sealed; }});
  append_blocks(writer, 100);
  const auto files = segment_files(dir.path());
  CHECK(sealed > 1);
  CHECK(static_cast<std::size_t>(sealed) == files.size() - 1);
}

}  // namespace logbuf::archive::test
