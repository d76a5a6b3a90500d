#include "browser.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace test {
namespace {

using Json = nlohmann::json;

constexpr int kPatience_ms = 120'000;

}  // namespace

bool Browser::is_there() {
  if (std::system("command -v chromium >/dev/null") == 0) return true;
  MESSAGE("skipped: there is no chromium");
  return false;
}

Browser::Browser() {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  to_ = in[1];
  from_ = out[0];
  program_ = std::make_unique<Program>(
      std::vector<std::string>{"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                               "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                               "--user-data-dir=" + profile_.path().string(), "--remote-debugging-pipe", "about:blank"},
      [=] {
        // By way of others: 3 and 4 may be these.
        const int read_end = ::fcntl(in[0], F_DUPFD, 10);
        const int write_end = ::fcntl(out[1], F_DUPFD, 10);
        ::dup2(read_end, 3);
        ::dup2(write_end, 4);
      });
  ::close(in[0]);
  ::close(out[1]);
}

Browser::~Browser() {
  ::close(to_);  // it ends, with all of its processes
  ::close(from_);
  try {
    program_->wait();
  } catch (...) {
  }
}

void Browser::open(const std::string& url, int width, int height, bool dark) {
  const Json target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
  for (const std::string domain : {"Runtime.enable", "Log.enable", "Page.enable"}) call(domain, Json::object());
  call("Emulation.setDeviceMetricsOverride",
       {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
  call("Emulation.setEmulatedMedia",
       {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
  call("Page.navigate", {{"url", url}});
}

Json Browser::value(const std::string& expression) {
  const Json answer = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
  return answer["result"].value("value", Json());
}

Json Browser::call(const std::string& method, const Json& parameters) {
  Json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) message["sessionId"] = session_;
  const std::string text = message.dump() + '\0';
  REQUIRE(::write(to_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  for (;;) {
    Json answer = receive();
    if (answer.value("id", 0) == last_id_) {
      REQUIRE_MESSAGE(answer.contains("result"), method, ": ", answer.dump());
      return answer["result"];
    }
    const std::string event = answer.value("method", "");
    const Json what = answer.value("params", Json::object());
    const bool is_complaint = event == "Runtime.exceptionThrown" || event == "Log.entryAdded" ||
                              (event == "Runtime.consoleAPICalled" && what.value("type", "") != "log");
    if (is_complaint) complaints_.push_back(what.dump());
  }
}

Json Browser::receive() {
  for (;;) {
    if (const std::size_t end = received_.find('\0'); end != std::string::npos) {
      const std::string message = received_.substr(0, end);
      received_.erase(0, end + 1);
      return Json::parse(message);
    }
    pollfd readable{.fd = from_, .events = POLLIN, .revents = 0};
    REQUIRE_MESSAGE(::poll(&readable, 1, kPatience_ms) == 1, "the browser says nothing: ", program_->said());
    std::array<char, 65536> chunk{};
    const ssize_t got = ::read(from_, chunk.data(), chunk.size());
    REQUIRE_MESSAGE(got > 0, "the browser has ended: ", program_->said());
    received_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace test
