// What --check says of a run, and what --write-check keeps of it.
#include <doctest/doctest.h>

#include <limits>

#include "check.hpp"

namespace logbuf::bench {

TEST_CASE("a ratio that stays above the tolerance in its best round has not fallen") {
  const Comparison comparison = compare({{"a", 10.0}}, {{.name = "a", .rounds = {1.0, 7.1, 2.0}}});
  CHECK(comparison.compared == 1);
  CHECK(comparison.fallen.empty());
}

TEST_CASE("a ratio below the tolerance in all rounds has fallen, and says from where to where") {
  const Comparison comparison =
      compare({{"a", 10.0}, {"b", 1.0}}, {{.name = "a", .rounds = {6.9, 2.0, 3.0}}, {.name = "b", .rounds = {1.0}}});
  REQUIRE(comparison.fallen.size() == 1);
  CHECK(comparison.fallen[0].name == "a");
  CHECK(comparison.fallen[0].then == 10.0);
  CHECK(comparison.fallen[0].median == 3.0);
  CHECK(comparison.fallen[0].best == 6.9);
  const std::string text = as_text(comparison, "then.json");
  CHECK(text.find("2 ratios compared, 1 fell") != std::string::npos);
  CHECK(text.find("fell: a ") != std::string::npos);
}

TEST_CASE("a ratio that has risen has not fallen") {
  CHECK(compare({{"a", 1.0}}, {{.name = "a", .rounds = {50.0}}}).fallen.empty());
}

TEST_CASE("what only one side has is counted and not compared") {
  const Comparison comparison =
      compare({{"a", 1.0}, {"b", 1.0}}, {{.name = "b", .rounds = {1.0}}, {.name = "c", .rounds = {0.1}}});
  CHECK(comparison.compared == 1);
  CHECK(comparison.not_measured == 1);
  CHECK(comparison.not_known == 1);
  CHECK(comparison.fallen.empty());
}

TEST_CASE("a round without a figure on one side is no round") {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(compare({{"a", 1.0}}, {{.name = "a", .rounds = {infinite, 0.0, 0.5}}}).fallen.size() == 1);
  const Comparison none = compare({{"a", 1.0}}, {{.name = "a", .rounds = {infinite, 0.0}}});
  CHECK(none.compared == 0);
  CHECK(none.not_measured == 1);
}

TEST_CASE("what is written is the least of the rounds, and what another run has written stays") {
  Reference reference = {{"a", 1.0}, {"b", 2.0}};
  update(reference, {{.name = "b", .rounds = {9.0, 4.0, 5.0}}, {.name = "c", .rounds = {1.23456}}});
  CHECK(reference == Reference{{"a", 1.0}, {"b", 4.0}, {"c", 1.235}});
}

TEST_CASE("a reference comes back from its file as it went in") {
  const Reference reference = {{"throughput of a / b", 0.125}, {"c", 17.5}};
  CHECK(parse_reference(as_json(reference)) == reference);
}

TEST_CASE("what has no ratios is no reference") {
  CHECK_THROWS(parse_reference(""));
  CHECK_THROWS(parse_reference("[1, 2]"));
  CHECK_THROWS(parse_reference("{\"a\": \"fast\"}"));
}

}  // namespace logbuf::bench
