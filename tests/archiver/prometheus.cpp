// A Prometheus that scrapes an archiver, and docs/monitoring: its rules and its dashboard ask for what there is.
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>

#include "monitored.hpp"
#include "raw_segment.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
using Json = nlohmann::json;

bool is_there(const std::string& program) {
  if (std::system(("command -v " + program + " >/dev/null").c_str()) == 0) return true;
  MESSAGE("skipped: there is no ", program);
  return false;
}

std::string document(const std::string& name) {
  const std::string text = contents_of_file(path_of("LOGBUF_SOURCE") + "/docs/monitoring/" + name);
  REQUIRE_MESSAGE(!text.empty(), name);
  return text;
}

// Every logbuf_... in it.
std::set<std::string> metrics_in(const std::string& text) {
  std::set<std::string> names;
  const std::string prefix = "logbuf_";
  for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", at);
    names.insert(text.substr(at, end - at));
    at = end;
  }
  return names;
}

// The values of a key, wherever it is.
void each_of(const Json& json, const std::string& key, const std::function<void(const std::string&)>& take) {
  for (const auto& [name, value] : json.items()) {
    if (name == key && value.is_string()) take(value);
    if (value.is_structured()) each_of(value, key, take);
  }
}

// On a port of its own, with a scrape of this archiver twice a second and the rules of docs/monitoring.
struct Prometheus {
  TemporaryDirectory directory;
  Program program;
  int port = 0;

  explicit Prometheus(int archiver)
      : program([&] {
          std::ofstream(directory.path() / "alerts.yml") << document("alerts.yml");
          std::ofstream(directory.path() / "prometheus.yml")
              << "global: {scrape_interval: 500ms, scrape_timeout: 400ms, evaluation_interval: 500ms}\n"
              << "rule_files: [alerts.yml]\n"
              << "scrape_configs:\n  - job_name: logbuf\n    static_configs: [{targets: ['127.0.0.1:" << archiver
              << "']}]\n";
          return Program({"prometheus", "--config.file=" + (directory.path() / "prometheus.yml").string(),
                          "--storage.tsdb.path=" + (directory.path() / "data").string(),
                          "--web.listen-address=127.0.0.1:0", "--log.format=json"});
        }()) {
    wait_until("Prometheus is ready", [&] {
      REQUIRE_MESSAGE(program.running(), program.said());
      return program.has_said("ready to receive web requests");
    });
    const std::string said = program.said();
    const std::size_t line = said.rfind('\n', said.find("\"Listening on\"")) + 1;
    const std::string address = Json::parse(said.substr(line, said.find('\n', line) - line))["address"];
    port = std::stoi(address.substr(address.rfind(':') + 1));
  }
  Json api(const std::string& path) const {
    const std::string body = ask(port, "GET /api/v1/" + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n").body;
    return Json::parse(body)["data"];
  }
  // The value of the one series that this finds; empty: there is none.
  std::string value_of(const std::string& metric) const {
    const Json found = api("query?query=" + metric)["result"];
    return found.size() == 1 ? found[0]["value"][1].get<std::string>() : "";
  }
  bool fires(const std::string& alert) const {
    const Json alerts = api("alerts")["alerts"];
    for (const Json& each : alerts) {
      if (each["labels"]["alertname"] == alert && each["state"] == "firing") return true;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("the rules and the dashboard ask for metrics that there are, and promtool takes the rules") {
  const ScratchRing ring;
  auto producer = required(Producer::attach(ring.name()));
  put(producer, "x");
  Monitored archiver({"--ring", ring.name()});
  archiver.wait_for("logbuf_archive_synced_seq{ring=\"" + ring.name() + "\"}", "1");
  const auto there = metrics_in(archiver.metrics());
  std::string expressions;
  const Json dashboard = Json::parse(document("dashboard.json"));
  for (const std::string key : {"expr", "query", "definition"})
    each_of(dashboard, key, [&](const std::string& text) { expressions += text + '\n'; });
  for (const std::string& text : {expressions, document("alerts.yml"), document("README.md")}) {
    const auto wanted = metrics_in(text);
    CHECK(wanted.size() >= 5);
    for (const std::string& name : wanted) {
      // The README has beginnings of names, too.
      const auto is_it = [&](const std::string& each) {
        return each == name || (name.ends_with('_') && each.starts_with(name));
      };
      CHECK_MESSAGE(std::ranges::any_of(there, is_it), name);
    }
  }
  archiver.end();
  if (!is_there("promtool")) return;
  Program promtool({"promtool", "check", "rules", path_of("LOGBUF_SOURCE") + "/docs/monitoring/alerts.yml"});
  CHECK_MESSAGE(promtool.wait() == 0, promtool.said());
}

TEST_CASE("each rule fires for what it is meant for, and not where all is well") {
  const std::string tests = path_of("LOGBUF_SOURCE") + "/tests/archiver/alert_rules.yml";
  const std::string tested = contents_of_file(tests);
  const std::string rules = document("alerts.yml");
  const std::string mark = "- alert: ";
  int count = 0;
  for (std::size_t at = 0; (at = rules.find(mark, at)) != std::string::npos; ++count) {
    at += mark.size();
    const std::string name = rules.substr(at, rules.find('\n', at) - at);
    CHECK_MESSAGE(tested.find("alertname=\"" + name + "\"") != std::string::npos, name, " has no test");
  }
  CHECK(count >= 12);
  if (!is_there("promtool")) return;
  Program promtool({"promtool", "test", "rules", tests});
  CHECK_MESSAGE(promtool.wait() == 0, promtool.rest_of_stdout(), promtool.said());
}

TEST_CASE("a Prometheus scrapes an archiver, and its alerts fire when a ring is quarantined") {
  if (!is_there("prometheus")) return;
  const ScratchRing ring;
  auto producer = required(Producer::attach(ring.name(), {.name = "a \"name\"\\\n\xff"}));
  Monitored archiver({"--rings", ring.name()});
  const Prometheus prometheus(archiver.port);
  for (int i = 0; i < 7; ++i) put(producer, "record");
  wait_until("it has the count", [&] { return prometheus.value_of("logbuf_archive_records_total") == "7"; });
  CHECK(prometheus.value_of("up") == "1");
  CHECK(prometheus.value_of("logbuf_records_committed_total") == "7");
  CHECK(prometheus.value_of("logbuf_producer_records_total") == "7");
  CHECK(prometheus.value_of("logbuf_archive_up") == "1");
  CHECK_FALSE(prometheus.fires("LogbufRingQuarantined"));
  const logbuf::Position next = ring.status().tail;
  auto claim = producer.try_claim(8);
  REQUIRE(claim.has_value());
  RawSegment(ring.name()).word(next) = 0x7fff'ffff;
  producer.notify();
  wait_until("the alert fires", [&] { return prometheus.fires("LogbufRingQuarantined"); });
  CHECK(prometheus.value_of("logbuf_archive_up") == "0");
}

}  // namespace test
