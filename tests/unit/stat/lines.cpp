#include "lines.hpp"

#include "support.hpp"

using namespace stat_test;
using Widths = std::vector<std::size_t>;

namespace {

// Name, a number that goes first, a number that goes last.
const std::vector<Column> columns = {{.title = "NAME", .least = 4, .most = 10, .priority = 0},
                                     {.title = "LESS", .align = Align::right, .least = 5, .priority = 2},
                                     {.title = "MORE", .align = Align::right, .least = 5, .priority = 1}};

}  // namespace

TEST_CASE("columns that do not fit are left out, by their priority and not by their place") {
  const Widths wanted = {4, 5, 5};
  CHECK(widths_of(columns, wanted, 16) == Widths{4, 5, 5});
  CHECK(widths_of(columns, wanted, 15) == Widths{4, 0, 5});
  CHECK(widths_of(columns, wanted, 10) == Widths{4, 0, 5});
  CHECK(widths_of(columns, wanted, 9) == Widths{4, 0, 0});
  // A lesser one that would fit does not come in the place of one that does not.
  auto narrow = columns;
  narrow[1].least = 2;
  CHECK(widths_of(narrow, wanted, 8) == Widths{4, 0, 0});
  CHECK(widths_of(columns, wanted, 3) == Widths{3, 0, 0});
  CHECK(widths_of(columns, wanted, 0) == Widths{0, 0, 0});
}

TEST_CASE(
    "what is left over goes to numbers before names, the most important first, and not beyond what they may have") {
  CHECK(widths_of(columns, {50, 8, 9}, 22) == Widths{4, 7, 9});
  CHECK(widths_of(columns, {50, 8, 9}, 18) == Widths{4, 5, 7});
  CHECK(widths_of(columns, {50, 8, 9}, 24) == Widths{5, 8, 9});
  CHECK(widths_of(columns, {50, 8, 9}, 100) == Widths{10, 8, 9});
  CHECK(widths_of(columns, {6, 5, 5}, 100) == Widths{6, 5, 5});
}

TEST_CASE("a line of a table has its cells in their columns, and nothing beyond the edge") {
  const Cells cells = {{"orders", Style::normal}, {"1", Style::normal}, {"22", Style::bad}};
  CHECK(text_of(table_line(columns, {4, 5, 5}, cells, 16, Charset::ascii)) == "ord~     1    22");
  CHECK(text_of(table_line(columns, {6, 0, 5}, cells, 14, Charset::ascii)) == "orders    22  ");
  CHECK(text_of(heading_line(columns, {6, 5, 5}, 20, Charset::ascii)) == "NAME    LESS  MORE  ");
}

TEST_CASE("spans are cut at the edge, and nothing comes after the cut") {
  CHECK(text_of(fit_line({{"abc", Style::normal}, {"def", Style::bold}}, 5, Charset::ascii)) == "abcd~");
  CHECK(text_of(fit_line({{"abcdef", Style::normal}, {"g", Style::bold}}, 5, Charset::ascii)) == "abcd~");
  CHECK(text_of(fit_line({{"abc", Style::normal}}, 5, Charset::ascii)) == "abc  ");
  CHECK(text_of(fit_line({{"abc", Style::normal}}, 0, Charset::ascii)) == "");
}
