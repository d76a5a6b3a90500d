// The doctor looks at every ring of the machine: it gets a /dev/shm of its own. What it thinks of machines that are not
// this one, tests/unit/cli tries.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "ctl_support.hpp"
#include "holder.hpp"
#include "own_shm.hpp"

using Json = nlohmann::json;

namespace {

// What is said of each ring; of those that are well, nothing.
std::map<std::string, Json> of_rings(const Json& report) {
  std::map<std::string, Json> found;
  for (const Json& each : report["checks"]) {
    if (each["check"] == "ring") found[each["ring"]] = each;
  }
  return found;
}

}  // namespace

TEST_CASE("the doctor says something of every part of the machine, each with what to do unless it is ok") {
  const Ended ended = ctl({"doctor", "--json"});
  CHECK((ended.status == 0 || ended.status == 1));
  CHECK(ended.err == "");
  const Json report = Json::parse(ended.out);
  std::set<std::string> checks;
  for (const Json& each : report["checks"]) {
    checks.insert(each["check"]);
    CAPTURE(each.dump());
    CHECK((each["grade"] == "ok") == each["to_do"].is_null());
    CHECK(each["found"].get<std::string>() != "");
  }
  for (const char* const check :
       {"shm", "shm_size", "remove_ipc", "open_files", "file_size", "locked_memory", "barrier", "clock"}) {
    CAPTURE(check);
    CHECK(checks.contains(check));
  }
  CHECK((report["verdict"] == "problem") == (ended.status == 1));
}

TEST_CASE("the doctor names the rings that need somebody, and exits with 1 for those that do not work") {
  if (!own_dev_shm()) return;
  const RingName well;
  const RingName unused;
  const RingName left;  // with a record in it
  make_ring(well);
  make_ring(unused);
  make_ring(left);
  const auto consumer = logbuf::Consumer::attach(well.str());
  send(left, "record");
  auto report = of_rings(Json::parse(ctl({"doctor", "--json"}).out));
  CHECK_FALSE(report.contains(well));
  CHECK(contains(report[unused]["to_do"].get<std::string>(), "logbuf-ctl gc"));
  CHECK(contains(report[left]["found"].get<std::string>(), "it holds 1 record (16 bytes)"));
  CHECK(report[left]["grade"] == "warning");

  const RingName junk;
  const RingName damaged;
  const RingName quarantined;
  const RingName held;
  make_junk(junk);
  make_damaged(damaged);
  make_quarantined(quarantined);
  make_ring(held);
  test::Holder holder(held.str(), [](auto& producer, auto say) { test::hold_claim(producer, say); });
  REQUIRE(holder.ready());
  const Ended ended = ctl({"doctor", "--json"});
  CHECK(ended.status == 1);
  report = of_rings(Json::parse(ended.out));
  for (const auto* ring : {&junk, &damaged, &quarantined, &held}) {
    CAPTURE(ring->str());
    CHECK(report[*ring]["grade"] == "problem");
  }
  CHECK(contains(report[held]["found"].get<std::string>(), "producer 'holder' (pid " + std::to_string(holder.pid())));
  for (const auto* ring : {&well, &unused, &left, &junk, &damaged, &quarantined, &held}) CHECK(exists(*ring));
}

TEST_CASE("the doctor's words for people have a line for each thing, and one for what to do") {
  if (!own_dev_shm()) return;
  const RingName unused;
  make_ring(unused);
  const Ended ended = ctl({"doctor"});
  CHECK(contains(ended.out, "\nwarning  ring '" + unused.str() + "': nobody is attached, and it holds no record\n" +
                                "         to do: if it is not about to be used: logbuf-ctl gc removes it\n"));
  CHECK(contains(ended.out, "ok       /dev/shm is a tmpfs"));
  // 16M, in which no ring of 64M can be made.
  CHECK(contains(ended.out, "problem  /dev/shm has 16M, 16M of it free; a ring takes 64M if not told otherwise\n"));
  CHECK(ended.status == 1);
}
