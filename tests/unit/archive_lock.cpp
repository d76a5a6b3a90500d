// One Writer a directory, and directories that cannot be written.
#include <sys/wait.h>
#include <unistd.h>

#include "archive_support.hpp"

namespace logbuf::archive::test {

TEST_CASE("a second Writer is refused and told who holds the directory") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  const auto second = Writer::open(dir.path(), ring_of());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == Errc::archive_in_use);
  CHECK(error_detail().find("process " + std::to_string(::getpid())) != std::string::npos);
  CHECK(error_detail().find(dir.path().string()) != std::string::npos);
}

TEST_CASE("a Writer in another process is named by its pid, and its death frees the directory") {
  TemporaryDirectory dir;
  int ready[2];
  int stop[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(stop) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(stop[1]);
    const auto writer = Writer::open(dir.path(), ring_of());
    char byte = writer ? 1 : 0;
    (void)!::write(ready[1], &byte, 1);
    (void)!::read(stop[0], &byte, 1);
    ::_exit(0);  // no destructor: as if killed
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  REQUIRE(byte == 1);
  const auto second = Writer::open(dir.path(), ring_of());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == Errc::archive_in_use);
  CHECK(error_detail().find("process " + std::to_string(child)) != std::string::npos);
  ::close(stop[1]);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(Writer::open(dir.path(), ring_of()).has_value());
  for (const int fd : {ready[0], ready[1], stop[0]}) ::close(fd);
}

TEST_CASE("a closed Writer leaves the directory to the next") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
  }
  Writer writer = open_writer(dir.path());
  append_blocks(writer, 1);
}

TEST_CASE("a directory is made with its parents") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir / "a/b/c");
  append_blocks(writer, 1);
  CHECK(read_all(dir / "a/b/c").records.size() == 1);
}

TEST_CASE("a directory that cannot be made is an error that names it") {
  TemporaryDirectory dir;
  set_contents(dir / "file", "not a directory");
  const auto below = Writer::open(dir / "file/archive", ring_of());
  REQUIRE_FALSE(below.has_value());
  CHECK(below.error() == std::errc::not_a_directory);
  CHECK(error_detail().find((dir / "file/archive").string()) != std::string::npos);
  const auto itself = Writer::open(dir / "file", ring_of());
  REQUIRE_FALSE(itself.has_value());
  CHECK(itself.error() == std::errc::not_a_directory);
}

TEST_CASE("what is no archive is refused by name") {
  TemporaryDirectory dir;
  CHECK(Reader::open(dir.path()).error() == Errc::not_an_archive);
  CHECK(error_detail().find(dir.path().string()) != std::string::npos);
  CHECK_FALSE(is_archive(dir.path()));
  set_contents(dir / "notes.txt", "hello");
  CHECK(Reader::open(dir / "notes.txt").error() == Errc::not_an_archive);
  CHECK_FALSE(is_archive(dir / "notes.txt"));
  CHECK(Reader::open(dir / "nothing").error() == std::errc::no_such_file_or_directory);
  CHECK(Reader::open("/dev/null").error() == Errc::not_an_archive);
  CHECK(describe_header(dir / "notes.txt").error() == Errc::not_an_archive);
}

TEST_CASE("another ring's archive is not mixed with this one's") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    append_blocks(writer, 1);
  }
  auto other = ring_of();
  other.name = "payments";
  CHECK(Writer::open(dir.path(), other).error() == Errc::wrong_ring);
  CHECK(error_detail().find("payments") != std::string::npos);
  CHECK(Writer::open(dir.path(), ring_of(1, false, 1 << 20)).error() == Errc::wrong_ring);
  other.name = "a/b";
  CHECK(Writer::open(dir.path(), other).error() == Errc::invalid_name);
  CHECK(Writer::open(dir.path(), ring_of(1, false, 1000)).error() == Errc::invalid_capacity);
}

}  // namespace logbuf::archive::test
