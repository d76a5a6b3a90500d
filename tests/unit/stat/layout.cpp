#include "layout.hpp"

#include <algorithm>

#include "support.hpp"

using namespace stat_test;

namespace {

Model many_rings(int count) {
  std::vector<Watched> rings;
  for (int i = 0; i < count; ++i) rings.push_back(ring("ring-" + std::to_string(1000 + i)));
  return model_of(rings);
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace

TEST_CASE("80 columns have what is most needed, 200 have everything") {
  use_utf8();
  const Model model = model_of({ring("orders")});
  const auto narrow = screen(model, view());
  CHECK(contains(narrow[1], "REC/s BYTES/s    LAG  BEHIND    LOST STATE"));
  CHECK_FALSE(contains(narrow[1], "ARCHIVED"));
  CHECK(contains(narrow[2], ">orders"));
  CHECK(contains(narrow[2], " 25%  12.3k    1.4M      7    1.5s       0  running"));
  const auto wide = screen(model, view(), {200, 50});
  CHECK(contains(wide[1], "BEHIND  ARCHIVED    SYNCED    LOST STATE"));
  CHECK(contains(wide[2], " █████" + std::string(17, ' ') + "25% "));
}

TEST_CASE("whatever the size, each line is as wide as the screen, and there are as many") {
  use_utf8();
  std::vector<Watched> rings;
  for (int i = 0; i < 14; ++i) rings.push_back(blocked_ring(std::string(static_cast<std::size_t>(9 * i + 1), 'x'), 64));
  rings.push_back(ring("日本\x1b[2J"));
  Watched closed = ring("unreadable");
  closed.look.reset();
  closed.detail = "\x1b]0;title\x07 is not permitted";
  rings.push_back(closed);
  Model model = model_of(rings);
  model.take(rings, now_ns);
  rings.pop_back();
  model.take(rings, now_ns);
  View usual = view();
  View helping = view();
  type(helping, model, "?");
  View typing = view();
  type(typing, model, "/xxxxxxxxxxxxxxxxxxxxxxxxxxx");
  View last = view();
  type(last, model, "Gsp");
  for (const View& each : {usual, helping, typing, last}) {
    for (std::size_t rows = 1; rows <= 50; rows += rows < 10 ? 1 : 8) {
      for (std::size_t columns = 1; columns <= 200; columns += columns < 20 ? 1 : 7) {
        for (const Charset charset : {Charset::utf8, Charset::ascii}) {
          const auto lines = screen(model, each, {columns, rows}, charset);
          for (const std::string& line : lines) {
            CHECK_FALSE(contains(line, "\x1b"));
            if (charset == Charset::ascii) CHECK(is_ascii(line));
          }
        }
      }
    }
  }
}

TEST_CASE("the selected line is reversed, but not its bar, which would look full where it is empty") {
  use_utf8();
  Watched full = ring("b-full");
  full.look->fill_bytes = 1000;
  const Model model = model_of({ring("a-orders"), full});
  View chosen = view();
  for (const std::size_t selected : {2u, 3u}) {
    const auto lines = lay_out(model, chosen, {80, 24}, Charset::utf8);
    for (std::size_t i = 2; i < 4; ++i) {
      REQUIRE(lines[i].selected == (i == selected));
      for (const Span& span : lines[i].spans) {
        const bool is_bar = contains(span.text, "█");
        if (is_bar) CHECK(span.style == (i == 2 ? Style::bar : Style::full_bar));
        CHECK(is_reversed(lines[i], span) == (i == selected && !is_bar));
      }
    }
    chosen.press({Key::Kind::down}, model);
  }
  CHECK(is_reversed({}, {" logbuf-stat", Style::title}));
}

TEST_CASE("a long name is cut, and its line still says all that the others say") {
  use_utf8();
  const std::string name(128, 'n');
  const auto lines = screen(model_of({ring(name), ring("short")}), view());
  CHECK(contains(lines[2], "nnn…"));
  CHECK(contains(lines[2], "running"));
  CHECK(contains(lines[3], "running"));
  CHECK(contains(lines[2], "12.3k"));
  CHECK(lines[2].find("12.3k") == lines[3].find("12.3k") + std::string("…").size() - 1);
}

TEST_CASE("of many rings the selected one is in sight, and the title says which are") {
  use_utf8();
  const Model model = many_rings(500);
  View chosen = view();
  auto lines = screen(model, chosen);
  CHECK(contains(lines[0], "rings 1 to 18 of 500"));
  type(chosen, model, "G");
  lines = screen(model, chosen);
  CHECK(contains(lines[0], "rings 483 to 500 of 500"));
  CHECK(line_with(lines, ">ring-1499") != "");
  for (int i = 0; i < 100; ++i) type(chosen, model, "k");
  CHECK(line_with(screen(model, chosen), ">ring-1399") != "");
  CHECK(contains(screen(many_rings(3), view())[0], " 3 rings "));
}

TEST_CASE("below the rings are the producers of the selected one") {
  use_utf8();
  Watched one = ring("orders");
  one.look->status.producers = {producer(0, "feed-1"), producer(2,
                                                                "f\x1b"
                                                                "eed",
                                                                false)};
  one.look->status.producers[1].refused = 12;
  one.producers[0] = {.records = 50, .bytes = 2048, .refused = 0, .aborted = 0};
  one.producers[2] = {.records = 0, .bytes = 0, .refused = 1, .aborted = 0};
  const auto lines = screen(model_of({one}), view());
  CHECK(contains(lines[3], " orders: running; 2 of 4 producers; consumer reader (71); mpsc, 1000"));
  CHECK(contains(lines[4], "SLOT PRODUCER"));
  CHECK(contains(lines[5], "   0 feed-1        4000 alive     50      2K       100        0"));
  CHECK(contains(lines[6], "   2 f\\x1beed      4002 dead       0       0       102      12!"));
}

TEST_CASE("producers that do not fit are counted") {
  use_utf8();
  Watched one = ring("orders");
  for (std::uint16_t i = 0; i < 100; ++i) one.look->status.producers.push_back(producer(i, "feed"));
  const auto lines = screen(model_of({one}), view());
  CHECK(contains(lines[22], "and 83 more"));
  CHECK(contains(lines[21], "  16 feed"));
  CHECK(line_with(lines, "  17 feed") == "");
}

TEST_CASE("a state that somebody should look at has a mark, so that it does without colours") {
  use_utf8();
  Watched dead = ring("orders");
  dead.look->status.consumer->alive = false;
  CHECK(contains(screen(model_of({dead}), view())[2], " !dead consumer"));
  CHECK(contains(screen(model_of({ring("orders")}), view())[2], "  running"));
}

TEST_CASE("what was lost is said whole beside a long name, and goes last of the numbers where there is no room") {
  use_utf8();
  Watched losing = ring(std::string(60, 'n'));
  losing.look->status.total_refused = 12'345'678;
  losing.rates->refused = 1000;
  losing.look->records_waiting = 123'456'789;
  CHECK(contains(screen(model_of({losing}), view())[2], " 123.5M    1.5s  12.3M!  running"));
  losing.look->status.total_refused = 999'900'000;
  CHECK(contains(screen(model_of({losing}), view())[2], " 999.9M!  running"));
  const std::vector<std::string> order{"SYNCED", "ARCHIVED", "BEHIND", "BYTES/s", "LAG", "REC/s", "LOST", "STATE"};
  const Model model = model_of({losing});
  for (std::size_t columns = 200; columns > 10; --columns) {
    const std::string heading = screen(model, view(), {columns, 24})[1];
    CAPTURE(heading);
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (contains(heading, order[i - 1])) CHECK(contains(heading, order[i]));
    }
  }
}

TEST_CASE("losses that go on have a mark") {
  use_utf8();
  Watched losing = ring("orders");
  losing.look->status.total_refused = 17;
  CHECK(contains(screen(model_of({losing}), view())[2], "   17  running"));
  losing.rates->refused = 0.5;
  CHECK(contains(screen(model_of({losing}), view())[2], "  17!  running"));
}

TEST_CASE("a removed ring has its name and no figures") {
  use_utf8();
  Model model = model_of({ring("orders")});
  model.take({}, now_ns);
  const auto lines = screen(model, view());
  CHECK(contains(lines[2], ">orders"));
  CHECK(contains(lines[2], "removed"));
  CHECK_FALSE(contains(lines[2], "%"));
  CHECK(contains(lines[23], "orders: removed"));
}

TEST_CASE("title and last line say what is chosen, and an empty screen says why it is empty") {
  use_utf8();
  const Model model = model_of({ring("orders")});
  View chosen = view();
  type(chosen, model, "srp");
  CHECK(contains(screen(model, chosen)[0], "1 ring  every 1s  by fill, reversed  PAUSED"));
  type(chosen, model, "/nosuch");
  CHECK(contains(screen(model, chosen)[23], " filter: nosuch_"));
  CHECK(contains(screen(model, chosen)[1], "No ring's name matches the filter."));
  chosen.press({Key::Kind::enter}, model);
  CHECK(contains(screen(model, chosen)[0], "filter 'nosuch'"));
  CHECK(contains(screen(model_of({}), view())[1], "There is no ring yet."));
}

TEST_CASE("the help fits into 80 columns and 24 rows") {
  use_utf8();
  View chosen = view();
  const Model model = model_of({});
  type(chosen, model, "?");
  const auto lines = screen(model, chosen);
  CHECK(contains(lines[22], "unfinished claim"));
  for (const std::string& line : lines) CHECK_FALSE(contains(line, "…"));
}
