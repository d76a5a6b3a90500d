// The worked example of docs/archive-format.md, read as an archive.
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string>

#include "archive_support.hpp"

namespace logbuf::archive::test {
namespace {

unsigned number(std::string_view hex) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  REQUIRE(error == std::errc{});
  REQUIRE(end == hex.data() + hex.size());
  return value;
}

// The bytes of its only hex dump: "00000010: 0011 2233 ...  words for people", rows of zeros left out.
std::string example_in(const char* document) {
  std::ifstream in(document);
  REQUIRE(in.good());
  std::string bytes;
  for (std::string line; std::getline(in, line);) {
    if (line.size() < 14 || line.substr(8, 2) != ": ") continue;
    bytes.resize(number(std::string_view(line).substr(0, 8)), '\0');
    for (std::size_t at = 10; at + 4 <= line.size() && line[at] != ' '; at += 5) {
      bytes.push_back(static_cast<char>(number(std::string_view(line).substr(at, 2))));
      bytes.push_back(static_cast<char>(number(std::string_view(line).substr(at + 2, 2))));
      if (at == 45) break;
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("the example in the format's document is an archive, and holds what is said beside it") {
  const char* const document = std::getenv("LOGBUF_FORMAT_DOCUMENT");
  REQUIRE(document != nullptr);
  TemporaryDirectory dir;
  const auto file = dir / "orders-20261122T000000Z-00000000000000000000.seg";
  set_contents(file, example_in(document));
  const Seen seen = read_all(dir.path());
  REQUIRE(seen.records.size() == 1);
  CHECK(seen.records[0].payload == "hello world");
  CHECK(seen.records[0].position == 64);
  CHECK(seen.records[0].slot == 3);
  CHECK(seen.records[0].type == 1);
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].lost == std::uint64_t{128});
  CHECK(seen.gaps[0].from == 96);
  CHECK(seen.gaps[0].why == "refused: full");
  CHECK(seen.totals.damaged_bytes == 0);
  Reader reader = open_reader(file);
  CHECK(reader.ring().name == "orders");
  CHECK(reader.ring().capacity == 64 << 10);
  const auto text = describe_header(file);
  REQUIRE(text.has_value());
  CHECK(text->find("sealed: yes\n") != std::string::npos);
  CHECK(text->find("end position: 96\n") != std::string::npos);
}

}  // namespace logbuf::archive::test
