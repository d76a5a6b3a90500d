// logbuf-stat where there is no terminal: tables, JSON, and what it refuses.
#include <csignal>
#include <sstream>

#include "raw_segment.hpp"
#include "stat_support.hpp"

namespace {

std::string says(const std::string& sentence) {
  return "logbuf-stat: " + sentence + "\n";
}

std::vector<nlohmann::json> lines_of_json(const std::string& text) {
  std::vector<nlohmann::json> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

}  // namespace

TEST_CASE("without a terminal it prints one table, and ends") {
  const RingName ring;
  make_ring(ring);
  const Feeder feeder(ring, 64);
  const Ended ended = logbuf_stat({"--interval", "100ms", ring});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  std::istringstream in(ended.out);
  std::string heading;
  std::string line;
  std::string more;
  std::getline(in, heading);
  std::getline(in, line);
  CHECK(heading.starts_with("RING "));
  CHECK(line.starts_with(ring.str() + "  25%     0       0  64 "));
  CHECK(line.ends_with(" -      -    0  no consumer"));
  CHECK_FALSE(std::getline(in, more));
}

TEST_CASE("--count is how many looks there are, in tables or lines of JSON, and each of them has rates") {
  const RingName ring;
  make_ring(ring);
  const Ended tables = logbuf_stat({"--interval", "100ms", "-n", "2", ring});
  CHECK(tables.status == 0);
  CHECK(contains(tables.out, "\n\nRING "));
  const auto looks = lines_of_json(logbuf_stat({"--json", "--interval", "100ms", "--count", "3", ring}).out);
  REQUIRE(looks.size() == 3);
  for (const auto& look : looks) CHECK(look["rings"].at(0)["rates"]["records"] == 0.0);
  CHECK(looks[0]["time"] < looks[2]["time"]);
}

TEST_CASE("JSON goes on until it is stopped, which is no failure, and shows rings that come later") {
  const RingName first;
  const RingName later;
  make_ring(first);
  Program program({LOGBUF_STAT, "--json", "--interval", "100ms", own_rings()});
  program.wait_for_out("\"" + first.str() + "\"");
  make_ring(later);
  program.wait_for_out("\"" + later.str() + "\"");
  program.signal(SIGTERM);
  const Ended ended = program.wait();
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  for (const auto& look : lines_of_json(ended.out)) CHECK(look["rings"].size() >= 1);
}

TEST_CASE("a ring is what logbuf-ctl inspect says of it, and more") {
  const RingName ring;
  make_ring(ring);
  const Feeder feeder(ring, 10);
  auto shown = json_of(ring);
  CHECK(shown["lag"]["records"] == 10);
  CHECK(shown["lag"]["consumed"]["perhaps_longer"] == true);
  CHECK(shown["rates"]["records"] == 0.0);
  CHECK(shown["producers"].at(0)["rates"]["records"] == 0.0);
  shown.erase("lag");
  shown.erase("rates");
  shown["producers"].at(0).erase("rates");
  CHECK(shown == nlohmann::json::parse(run({LOGBUF_CTL, "inspect", "--json", ring}).out));
}

TEST_CASE("rates are of what came between two looks") {
  const RingName ring;
  make_ring(ring);
  Program program({LOGBUF_STAT, "--json", "--interval", "100ms", ring});
  program.wait_for_out("}\n");
  const Feeder feeder(ring, 100);
  program.wait_for_out("\"records\":100,");
  program.wait_for_out("\"waiting_records\":100,");
  program.signal(SIGINT);
  double records = 0;
  double bytes = 0;
  double before = 0;
  for (const auto& look : lines_of_json(program.wait().out)) {
    const auto& rates = look["rings"].at(0)["rates"];
    const double total = look["rings"].at(0)["totals"]["records"];
    CHECK((rates["records"] > 0.0) == (total > before));
    before = total;
    records += rates["records"].get<double>();
    bytes += rates["bytes"].get<double>();
  }
  CHECK(before == 100);
  CHECK(bytes == doctest::Approx(8 * records));
}

TEST_CASE("looking changes not a byte of a ring") {
  const RingName ring;
  make_ring(ring);
  receive_bytes(ring);
  const test::RawSegment raw(ring.str());
  const auto bytes = [&] { return std::string(reinterpret_cast<const char*>(raw.all().data()), raw.all().size()); };
  const std::string before = bytes();
  CHECK(logbuf_stat({"-n", "3", "--interval", "100ms", ring}).status == 0);
  CHECK(before == bytes());
}

TEST_CASE("a name that no ring has is refused with what to do, and a pattern may match nothing yet") {
  Ended ended = logbuf_stat({"-1", "test-no-such-ring"});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(ended.err ==
        says("there is no ring 'test-no-such-ring' (logbuf-ctl ls shows what there is, logbuf-ctl create makes one)"));
  ended = logbuf_stat({"-1", "no ring"});
  CHECK(ended.status == 2);
  CHECK(contains(ended.err, "'no ring' cannot be a ring's name"));
  ended = logbuf_stat({"-1", "--interval", "100ms", "test-no-such-*"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  CHECK(ended.out == "RING FILL REC/s BYTES/s LAG BEHIND ARCHIVED SYNCED LOST STATE\n");
}

TEST_CASE("a ring that cannot be opened is shown with the reason") {
  const RingName ring;
  test::write_object(ring.str(), std::as_bytes(std::span(std::string_view("xxxxxxxxx"))));
  const Ended ended = logbuf_stat({"-1", "--interval", "100ms", ring});
  CHECK(ended.status == 0);
  CHECK(contains(ended.out, ring.str() + " "));
  CHECK(contains(ended.out, " !cannot be opened: "));
  const auto json = json_of(ring);
  CHECK(json["name"] == ring.str());
  CHECK(contains(json["error"].get<std::string>(), "ring"));
}

TEST_CASE("flags that cannot be or do not go together are refused") {
  for (const auto& [words, sentence] :
       std::vector<std::pair<Words, std::string>>{{{"--interval", "99ms"}, "--interval: give 100ms to 1d"},
                                                  {{"--interval", "86401s"}, "--interval: give 100ms to 1d"},
                                                  {{"-n", "0"}, "--count: give 1 or more"},
                                                  {{"-1", "-n", "2"}, "--once is --count 1: give one of them"}}) {
    const Ended ended = logbuf_stat(words);
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    CHECK(ended.err == says(sentence));
  }
}
