// The status page and its data: what a browser shows of rings that live.
#include <csignal>
#include <fstream>

#include "browser.hpp"
#include "monitored.hpp"
#include "raw_segment.hpp"

namespace test {
namespace {

using logbuf::queue::mpsc::Producer;
using Json = nlohmann::json;

const std::string kHostile = "<img src=x onerror=alert(1)>\"'&\xff</script>";

Json status_of(const Monitored& archiver, const std::string& query = "") {
  const Answer answer = get(archiver.port, "/status.json" + query);
  CHECK(answer.status == 200);
  CHECK(answer.head.find("application/json") != std::string::npos);
  return Json::parse(answer.body);
}

// Two rings with a producer each; the second's has a name that is markup.
struct Scene {
  ScratchRing first;
  ScratchRing second{{.capacity = 4096}, "-a-long-name-of-a-ring-that-goes-on-and-on-as-far-as-names-may"};
  Producer feed = required(Producer::attach(first.name(), {.name = "feed"}));
  Producer hostile = required(Producer::attach(second.name(), {.name = kHostile}));
  Monitored archiver{{"--ring", first.name(), "--ring", second.name()}};
  std::string url = "http://127.0.0.1:" + std::to_string(archiver.port) + "/";
};

// Waits until an expression in the page has this value.
void wait_for(Browser& browser, const std::string& expression, const Json& value) {
  wait_until(expression + " is " + value.dump(), [&] { return browser.value(expression) == value; });
}

// In the page: the text of what this selects.
std::string text(const std::string& selector) {
  return "(document.querySelector(" + Json(selector).dump() + ") || {}).textContent";
}

}  // namespace

TEST_CASE("the page may run nothing but its own script, which is another's with every answer") {
  Scene s;
  const auto nonce = [](const Answer& answer) {
    const std::string mark = "script-src 'nonce-";
    const std::size_t at = answer.head.find(mark);
    REQUIRE_MESSAGE(at != std::string::npos, answer.head);
    return answer.head.substr(at + mark.size(), answer.head.find('\'', at + mark.size()) - at - mark.size());
  };
  const Answer page = get(s.archiver.port, "/");
  CHECK(page.status == 200);
  CHECK(page.head.find("text/html") != std::string::npos);
  CHECK(page.head.find("default-src 'none'") != std::string::npos);
  CHECK(page.body.starts_with("<!doctype html>"));
  CHECK(page.body.find("<script nonce=\"" + nonce(page) + "\">") != std::string::npos);
  CHECK(page.body.find("@NONCE@") == std::string::npos);
  CHECK(nonce(page) != nonce(get(s.archiver.port, "/")));
  s.archiver.end();
}

TEST_CASE("/status.json has each ring with its rates, and the history since a sample") {
  Scene s;
  for (int i = 0; i < 10; ++i) put(s.feed, "record");
  s.archiver.wait_for("logbuf_archive_synced_seq{ring=\"" + s.first.name() + "\"}", "10");
  wait_until("there are three samples", [&] { return status_of(s.archiver)["sample"] >= 3; });
  const Json status = status_of(s.archiver);
  REQUIRE(status["rings"].size() == 2);
  const Json& ring = status["rings"][0];
  CHECK(ring["name"] == s.first.name());
  CHECK(ring["totals"]["records"] == 10);
  CHECK(ring["archive"]["synced_seq"] == 10);
  CHECK(ring["producers"][0]["name"] == "feed");
  CHECK(ring["producers"][0]["rates"]["records"].is_number());
  CHECK(ring["durable_lag"]["seconds"] == 0);
  CHECK(ring["archiver"]["state"] == "draining");
  CHECK(ring["archiver"]["ailments"].empty());
  CHECK(ring["archiver"]["records"] == 10);
  const std::uint64_t sample = status["sample"];
  // The first look may have been before the ring was attached.
  REQUIRE(ring["history"].size() >= 2);
  CHECK(ring["history"][0][0] == sample + 1 - ring["history"].size());
  CHECK(ring["history"].back()[0] == sample);
  CHECK(ring["history"].back().size() == status["history_keys"].size());
  const Json later = status_of(s.archiver, "?since=" + std::to_string(sample - 1));
  CHECK(later["rings"][0]["history"].size() == later["sample"].get<std::uint64_t>() - sample + 1);
  CHECK(status_of(s.archiver, "?since=999999")["rings"][0]["history"].size() >= ring["history"].size());
  s.archiver.end();
}

TEST_CASE("a browser shows two rings as they live, complains of nothing, and runs no name of a producer") {
  if (!Browser::is_there()) return;
  Scene s;
  Browser browser;
  browser.open(s.url, 1280, 1000);
  const auto shows = [&](const std::string& expression, const Json& value) { wait_for(browser, expression, value); };
  shows("document.querySelectorAll('section').length", 2);
  shows(text("#state"), "2 rings, all well");
  CHECK(browser.value(text("section h2")) == s.first.name());
  const std::string records = text("section tbody td:nth-child(4)");
  shows(records, "0");
  put(s.feed, "x");
  shows(records, "1");
  put(s.feed, "x");
  shows(records, "2");
  wait_until("a plot grows", [&] {
    return browser.value("document.querySelector('section svg path:last-child').getAttribute('d').split('L').length") >=
           3;
  });
  CHECK(browser.value(text("section:nth-child(2) tbody td:nth-child(2)")) ==
        "<img src=x onerror=alert(1)>\"'&\xef\xbf\xbd</script>");
  CHECK(browser.value("document.images.length") == 0);
  // What ends is seen.
  s.first.close();
  shows(text("section .pill"), "ended");
  s.archiver.daemon.kill();
  shows(text("#state"), "no answer");
  for (const std::string& complaint : browser.complaints())  // of those who have gone
    CHECK_MESSAGE(complaint.find("ERR_CONNECTION_REFUSED") != std::string::npos, complaint);
}

TEST_CASE("a ring whose producers drop records is not called well, and stands first") {
  if (!Browser::is_there()) return;
  Scene s;
  Browser browser;
  browser.open(s.url, 1280, 1000);
  wait_for(browser, text("#state"), "2 rings, all well");
  CHECK(browser.value(text("section h2")) == s.first.name());
  const RawSegment segment(s.second.name());
  wait_until("it loses records", [&] {
    segment.slot(0).hot.refused.fetch_add(1);
    return browser.value(text("section .pill")) == "losing records";
  });
  CHECK(browser.value(text("section h2")) == s.second.name());
  wait_for(browser, text("#state"), "2 rings, all well");
}

TEST_CASE("where the archiver does not answer the page says so, and calls nothing well that was") {
  if (!Browser::is_there()) return;
  Scene s;
  Browser browser;
  browser.open(s.url, 1280, 1000);
  const std::string pills = "[...document.querySelectorAll('section .pill')].map((pill) => pill.textContent)";
  const std::string is_unknown = "document.querySelector('main').classList.contains('unknown')";
  wait_for(browser, text("#state"), "2 rings, all well");
  CHECK(browser.value(is_unknown) == false);
  s.archiver.daemon.stop();
  wait_for(browser, text("#state"), "no answer");
  CHECK(browser.value(is_unknown) == true);
  CHECK(browser.value(pills) == Json{"unknown", "unknown"});
  s.archiver.daemon.signal(SIGCONT);
  wait_for(browser, text("#state"), "2 rings, all well");
  CHECK(browser.value(is_unknown) == false);
  CHECK(browser.value(pills) == Json{"draining", "draining"});
  CHECK(browser.complaints().empty());
  // An answer that the page cannot show is an answer.
  browser.value("fillRing = () => { throw new Error('none of yours'); }, 0");
  wait_for(browser, text("#state"), "this page has failed");
  CHECK(browser.value(is_unknown) == true);
  s.archiver.end();
}

TEST_CASE("the page does not join the history of an archiver with that of the next") {
  if (!Browser::is_there()) return;
  Scene s;
  Browser browser;
  browser.open(s.url, 1280, 1000);
  const std::string points = "histories.get(" + Json(s.first.name()).dump() + ").map((point) => point[0])";
  wait_until("there is a history", [&] { return browser.value(points + ".length") >= 3; });
  const Json started = status_of(s.archiver)["started"];
  CHECK(status_of(s.archiver)["started"] == started);
  s.archiver.daemon.kill();
  wait_for(browser, text("#state"), "no answer");
  browser.value("sample = 1");  // as of a page that has not been shown for a while
  Program next = archiver({"--ring", s.first.name(), "--dir", s.archiver.archives.path().string(), "--metrics",
                           std::to_string(s.archiver.port)});
  wait_for(browser, text("#state"), "1 ring, all well");
  wait_until("there is another history", [&] { return browser.value("sample") >= 3; });
  CHECK(status_of(s.archiver)["started"] != started);
  const Json seen = browser.value(points + ".concat(sample + 1)");  // at one moment
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK_MESSAGE(seen[i] == seen[i - 1].get<int>() + 1, seen.dump());
  next.signal(SIGTERM);
  CHECK_MESSAGE(next.wait() == 0, next.said());
}

TEST_CASE("of a ring that cannot be looked at the page says why, not that it is not there") {
  if (!Browser::is_there()) return;
  const ScratchName ring;
  std::ofstream("/dev/shm/logbuf." + ring.name()) << "nothing of a ring";
  Monitored archiver({"--rings", ring.name()});
  Browser browser;
  browser.open("http://127.0.0.1:" + std::to_string(archiver.port) + "/", 1280, 1000);
  wait_for(browser, text("#state"), "1 of 1 not well");
  CHECK(browser.value(text("section")).get<std::string>().find("it is not drained: ") != std::string::npos);
  CHECK(browser.value(text("section")).get<std::string>().find("not there") == std::string::npos);
  archiver.end();
}

TEST_CASE("nothing of the page is wider than a telephone's view, in light and in dark") {
  if (!Browser::is_there()) return;
  Scene s;
  Browser browser;
  Json background;
  for (const bool dark : {false, true}) {
    browser.open(s.url, 360, 740, dark);
    wait_until("the rings are there",
               [&] { return browser.value("document.querySelectorAll('section').length") == 2; });
    CHECK(browser.value("innerWidth") == 360);
    CHECK(browser.value("document.documentElement.scrollWidth") == 360);
    const Json now = browser.value("getComputedStyle(document.body).backgroundColor");
    CHECK(now != background);
    background = now;
  }
  CHECK_MESSAGE(browser.complaints().empty(), browser.complaints().front());
  s.archiver.end();
}

}  // namespace test
