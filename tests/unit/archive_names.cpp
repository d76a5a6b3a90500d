// Producers' names: by position, in every file.
#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

void append_record(Writer& writer, std::uint16_t slot) {
  REQUIRE(writer.append(Bytes(writer.end_position().value_or(0)).record("x", slot).span()).has_value());
}

std::vector<std::string> producers(const Seen& seen) {
  std::vector<std::string> all;
  for (const auto& r : seen.records) all.push_back(r.producer);
  return all;
}

}  // namespace

TEST_CASE("a slot used again bears the new name from its position on") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 0, .pid = 10, .name = "first"}).has_value());
  append_record(writer, 1);
  // Announced before the last records of the one before it were drained.
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 48, .pid = 11, .name = "second"}).has_value());
  append_record(writer, 1);
  append_record(writer, 2);
  append_record(writer, 1);
  CHECK(producers(read_all(dir.path())) == std::vector<std::string>{"first", "first", "", "second"});
}

TEST_CASE("a record before a name's position does not bear it") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  REQUIRE(writer.append(ProducerName{.slot = 1, .from = 16, .pid = 10, .name = "later"}).has_value());
  append_record(writer, 1);
  append_record(writer, 1);
  CHECK(producers(read_all(dir.path())) == std::vector<std::string>{"", "later"});
}

TEST_CASE("every file can be read by itself: it begins with the names in use") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path());
    REQUIRE(writer.append(ProducerName{.slot = 1, .from = 0, .pid = 10, .name = "first"}).has_value());
    append_record(writer, 1);
    REQUIRE(writer.append(ProducerName{.slot = 1, .from = 32, .pid = 11, .name = "second"}).has_value());
    REQUIRE(writer.seal().has_value());
    append_record(writer, 1);
    append_record(writer, 1);
    REQUIRE(writer.seal().has_value());
  }
  {
    // A restart behind a sealed file knows them still.
    Writer writer = open_writer(dir.path());
    append_record(writer, 1);
  }
  const auto files = segment_files(dir.path());
  REQUIRE(files.size() == 3);
  CHECK(producers(read_all(files[1])) == std::vector<std::string>{"first", "second"});
  CHECK(producers(read_all(files[2])) == std::vector<std::string>{"second"});
  CHECK(producers(read_all(dir.path())) == std::vector<std::string>{"first", "first", "second", "second"});
}

TEST_CASE("a name appended before the first block, or after a seal, is in the next file") {
  TemporaryDirectory dir;
  Writer writer = open_writer(dir.path());
  REQUIRE(writer.append(ProducerName{.slot = 5, .from = 0, .pid = 1, .name = "early"}).has_value());
  CHECK(segment_files(dir.path()).empty());
  append_record(writer, 5);
  REQUIRE(writer.seal().has_value());
  REQUIRE(writer.append(ProducerName{.slot = 6, .from = 16, .pid = 2, .name = "later"}).has_value());
  append_record(writer, 6);
  CHECK(producers(read_all(dir.path())) == std::vector<std::string>{"early", "later"});
}

TEST_CASE("a ring made anew does not inherit names") {
  TemporaryDirectory dir;
  {
    Writer writer = open_writer(dir.path(), ring_of(1));
    REQUIRE(writer.append(ProducerName{.slot = 1, .from = 0, .pid = 10, .name = "old"}).has_value());
    append_record(writer, 1);
  }
  Writer writer = open_writer(dir.path(), ring_of(2));
  append_record(writer, 1);
  CHECK(producers(read_all(dir.path())) == std::vector<std::string>{"old", ""});
}

}  // namespace logbuf::archive::test
