#include "report.hpp"

#include <nlohmann/json.hpp>

#include "support.hpp"

using namespace stat_test;

TEST_CASE("a look is one line of JSON: each ring as inspect prints it, its rates and its lag") {
  Watched one = ring("orders");
  one.look->status.producers = {producer(0, "\xff"), producer(2, "new")};
  one.producers[0] = {.records = 50, .bytes = 2048.1234, .refused = 1, .aborted = 2};
  one.consumed_records = 17;
  Watched shut = ring("shut");
  shut.look.reset();
  shut.detail = "not permitted";
  const std::string text = json_line(model_of({one, shut}));
  CHECK(text.find('\n') == text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["time"] == "2026-11-22T05:06:07.000000000Z");
  const auto& orders = json["rings"][0];
  CHECK(orders["name"] == "orders");
  CHECK(orders["fill_percent"] == 25);
  CHECK(orders["rates"] ==
        nlohmann::json{
            {"records", 12345.0}, {"bytes", 1.5e6}, {"refused", 0.0}, {"aborted", 0.0}, {"consumed_records", 17.0}});
  CHECK(orders["lag"]["records"] == 7);
  CHECK(orders["lag"]["bytes"] == 250);
  CHECK(orders["lag"]["consumed"] == nlohmann::json{{"seconds", 1.5}, {"perhaps_longer", false}});
  CHECK(orders["lag"]["durable"] == nullptr);
  CHECK(orders["producers"][0]["rates"] ==
        nlohmann::json{{"records", 50.0}, {"bytes", 2048.123}, {"refused", 1.0}, {"aborted", 2.0}});
  CHECK(orders["producers"][1]["rates"] == nullptr);
  CHECK(json["rings"][1] == nlohmann::json{{"name", "shut"}, {"error", "not permitted"}});
}

TEST_CASE("a table cuts nothing, and a ring that has gone is not in it") {
  use_utf8();
  const std::string name(128, 'n');
  Model model = model_of({ring("gone"), ring(name)});
  model.take({ring(name)}, now_ns);
  const std::string text = table_text(model, Charset::ascii);
  CHECK(contains(text, name + "  25% 12.3k    1.4M   7   1.5s        -      -    0  running\n"));
  CHECK_FALSE(contains(text, "gone"));
  CHECK(contains(text, " FILL REC/s BYTES/s LAG BEHIND ARCHIVED SYNCED LOST STATE\n"));
}
