#include "view.hpp"

#include "support.hpp"

using namespace stat_test;
using Names = std::vector<std::string>;

namespace {

Model three_rings() {
  Watched slow = ring("a-slow");
  slow.rates->records = 1;
  slow.rates->bytes = 10;
  slow.look->fill_bytes = 500;
  Watched dead = ring("b-dead");
  dead.look->status.consumer->alive = false;
  dead.look->records_waiting = 100;
  dead.look->status.total_refused = 3;
  Watched late = ring("c-late");
  late.consumer_lag->time = std::chrono::minutes(1);
  late.rates->bytes = 2e6;
  return model_of({slow, dead, late});
}

const Key up{Key::Kind::up};
const Key down{Key::Kind::down};
const Key enter{Key::Kind::enter};
const Key escape{Key::Kind::escape};
const Key backspace{Key::Kind::backspace};

}  // namespace

TEST_CASE("s sorts by each figure in turn, the largest first, and r turns it round") {
  const Model model = three_rings();
  View view = stat_test::view();
  CHECK(names(view, model) == Names{"a-slow", "b-dead", "c-late"});
  const std::vector<std::pair<SortBy, std::string>> first = {
      {SortBy::fill, "a-slow"},   {SortBy::records, "b-dead"}, {SortBy::bytes, "c-late"}, {SortBy::lag, "b-dead"},
      {SortBy::behind, "c-late"}, {SortBy::lost, "b-dead"},    {SortBy::state, "b-dead"}};
  for (const auto& [by, name] : first) {
    type(view, model, "s");
    CHECK(view.sort_by() == by);
    CHECK(names(view, model).front() == name);
  }
  type(view, model, "s");
  CHECK(view.sort_by() == SortBy::name);
  type(view, model, "r");
  CHECK(names(view, model) == Names{"c-late", "b-dead", "a-slow"});
}

TEST_CASE("the selected ring stays selected wherever it goes, and the first is, where it has gone") {
  Model model = three_rings();
  View view = stat_test::view();
  const auto selected = [&] { return view.rings(model)[view.selected(view.rings(model))]->now.name; };
  CHECK(selected() == "a-slow");
  view.press(down, model);
  CHECK(selected() == "b-dead");
  type(view, model, "r");
  CHECK(selected() == "b-dead");
  type(view, model, "j");
  CHECK(selected() == "a-slow");
  type(view, model, "j");
  CHECK(selected() == "a-slow");
  type(view, model, "g");
  CHECK(selected() == "c-late");
  view.press(up, model);
  CHECK(selected() == "c-late");
  type(view, model, "Gk");
  CHECK(selected() == "b-dead");
  type(view, model, "/late");
  CHECK(selected() == "c-late");
  const Model none = model_of({});
  CHECK(view.selected(view.rings(none)) == 0);
  view.press(down, none);
}

TEST_CASE("a filter is part of a name, or a pattern for all of it; Esc takes back what was typed") {
  const Model model = three_rings();
  View view = stat_test::view();
  type(view, model, "/a");
  CHECK(view.typing());
  CHECK(names(view, model) == Names{"a-slow", "b-dead", "c-late"});
  type(view, model, "-s");
  CHECK(names(view, model) == Names{"a-slow"});
  view.press(enter, model);
  CHECK_FALSE(view.typing());
  CHECK(view.filter() == "a-s");
  type(view, model, "/q");
  CHECK(names(view, model).empty());
  view.press(escape, model);
  CHECK(view.filter() == "a-s");
  type(view, model, "/");
  for (int i = 0; i < 5; ++i) view.press(backspace, model);
  type(view, model, "[bc]-*");
  view.press(enter, model);
  CHECK(names(view, model) == Names{"b-dead", "c-late"});
  view.press(escape, model);
  CHECK(view.filter() == "");
}

TEST_CASE("+ and - go through the intervals, from whatever was given, and not beyond") {
  const Model model = model_of({});
  View view(std::chrono::milliseconds(700));
  type(view, model, "+");
  CHECK(view.interval() == std::chrono::seconds(1));
  type(view, model, "--");
  CHECK(view.interval() == std::chrono::milliseconds(200));
  type(view, model, "----");
  CHECK(view.interval() == View::shortest_interval);
  type(view, model, "+++++++++++++++");
  CHECK(view.interval() == std::chrono::minutes(1));
}

TEST_CASE("p and the space bar pause, ? explains until the next key, q quits") {
  const Model model = three_rings();
  View view = stat_test::view();
  type(view, model, "p");
  CHECK(view.paused());
  type(view, model, " ");
  CHECK_FALSE(view.paused());
  type(view, model, "?");
  CHECK(view.helping());
  type(view, model, "s");
  CHECK_FALSE(view.helping());
  CHECK(view.sort_by() == SortBy::name);
  type(view, model, "?q");
  CHECK_FALSE(view.helping());
  CHECK_FALSE(view.press({Key::Kind::character, 'q'}, model));
}
