// A file's age: when it is sealed for it, and when not.
#include "archive_support.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "archive/format.hpp"
#include "archive/segment_file.hpp"

namespace logbuf::archive::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Makes the one file of an archive seem to come from that long ago.
void set_age(const fs::path& directory, std::chrono::nanoseconds age) {
  const auto file = segment_files(directory)[0];
  std::string whole = contents_of(file);
  format::FileHeader header{};
  std::memcpy(&header, whole.data(), sizeof header);
  header.created_wall_ns -= age.count();
  sign(header);
  std::memcpy(whole.data(), &header, sizeof header);
  set_contents(file, whole);
}

std::size_t sealed_files(const fs::path& directory) {
  const auto files = segment_files(directory);
  return static_cast<std::size_t>(
      std::ranges::count_if(files, [](const fs::path& file) { return file.extension() == ".seg"; }));
}

}  // namespace

TEST_CASE("a file that is old enough is sealed, and the next record begins another") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(), {.rotate_age = 1ns});
  for (std::size_t files = 1; files <= 3; ++files) {
    append_blocks(writer, 1);
    CHECK(writer.rotation_due_in() == 0ns);
    REQUIRE(writer.rotate_if_due().has_value());
    CHECK(writer.rotation_due_in() == std::nullopt);
    CHECK(sealed_files(dir.path()) == files);
    CHECK(segment_files(dir.path()).size() == files);
  }
  CHECK(read_all(dir.path()).seqs() == range(0, 3));
}

TEST_CASE("a file without records is not sealed for its age") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path(), ring_of(), {.rotate_age = 1ns});
  REQUIRE(writer.rotate_if_due().has_value());
  REQUIRE(writer.append(Gap{.lost = 1, .from = 0, .to = 64, .why = "told"}).has_value());
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 64, .pid = 1, .name = "feed"}).has_value());
  CHECK(writer.rotation_due_in() == std::nullopt);
  REQUIRE(writer.rotate_if_due().has_value());
  CHECK(sealed_files(dir.path()) == 0);
  append_blocks(writer, 1);
  REQUIRE(writer.rotate_if_due().has_value());
  CHECK(sealed_files(dir.path()) == 1);
}

TEST_CASE("a file that is not old enough stays in use, and so does any without a limit") {
  for (const auto limit : {0ns, std::chrono::nanoseconds(1h)}) {
    TemporaryDirectory dir;
    Writer writer = open_writer(dir.path(), ring_of(), {.rotate_age = limit});
    append_blocks(writer, 1);
    REQUIRE(writer.rotate_if_due().has_value());
    CHECK(sealed_files(dir.path()) == 0);
    CHECK(writer.rotation_due_in().has_value() == (limit != 0ns));
    CHECK(writer.rotation_due_in().value_or(1h) > 0ns);
    CHECK(writer.rotation_due_in().value_or(1h) <= 1h);
  }
}

TEST_CASE("the age of a file that was found counts from its making, and one from the future is new") {
  for (const auto age : {2h, -2h}) {
    CAPTURE(age.count());
    TemporaryDirectory dir;
    {
      Writer writer = open_writer(dir.path());
      append_blocks(writer, 1);
    }
    set_age(dir.path(), age);
    Writer writer = open_writer(dir.path(), ring_of(), {.rotate_age = 1h});
    const bool old = age > 1h;
    CHECK((writer.rotation_due_in() == 0ns) == old);
    CHECK(writer.rotation_due_in() <= 1h);
    REQUIRE(writer.rotate_if_due().has_value());
    CHECK(sealed_files(dir.path()) == (old ? 1 : 0));
  }
}

}  // namespace logbuf::archive::test
