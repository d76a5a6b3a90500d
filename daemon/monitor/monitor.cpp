#include "monitor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <system_error>

#include "failure.hpp"
#include "health.hpp"
#include "metrics.hpp"
#include "status_json.hpp"
#include "text.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

constexpr auto kBetweenSamples = std::chrono::seconds(1);

constexpr std::string_view kPage =
#include "page.inc"
    ;

// Nothing but the page's own script and style runs, whatever a name in it looks like, and nothing is fetched but its
// data.
HttpResponse page() {
  std::array<std::byte, 16> random{};
  (void)!::getrandom(random.data(), random.size(), 0);
  const std::string nonce = cli::base64(random);
  std::string text(kPage.substr(kPage.find('<')));
  constexpr std::string_view mark = "@NONCE@";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.replace(at, mark.size(), nonce);
  return {.type = "text/html; charset=utf-8",
          .body = text,
          .headers = {{"Content-Security-Policy", "default-src 'none'; script-src 'nonce-" + nonce +
                                                      "'; style-src 'nonce-" + nonce +
                                                      "'; connect-src 'self'; img-src data:; base-uri 'none'; "
                                                      "form-action 'none'; frame-ancestors 'none'"},
                      {"Referrer-Policy", "no-referrer"}}};
}

// The number in "?since=7"; 0 where there is none.
std::uint64_t since_in(const HttpRequest& request) {
  std::uint64_t since = 0;
  const auto found = request.arguments.find("since");
  if (found == request.arguments.end()) return since;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), since);
  return since;
}

}  // namespace

Monitor::Monitor(const ListenAddress& address, const Board& board, const std::filesystem::path& archives)
    : start_ns_(cli::now_ns()),
      server_(address, [this](const HttpRequest& request) { return respond(request); }),
      disk_(board, archives),
      sampler_(board, disk_),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) cli::die(std::error_code(errno, std::system_category()), "--metrics");
  cli::complain("metrics at http://" + server_.address().text() + "/metrics, status page at /", cli::Severity::info);
  thread_ = std::thread([this] { run(); });
}

Monitor::~Monitor() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
  thread_.join();
  ::close(stop_);
}

void Monitor::run() {
  const auto stopped = [this] {
    pollfd stop{.fd = stop_, .events = POLLIN, .revents = 0};
    return ::poll(&stop, 1, 0) > 0;
  };
  while (!stopped()) {
    const auto next = HttpServer::Clock::now() + kBetweenSamples;
    sampler_.take();
    server_.serve(next, stop_);
  }
}

HttpResponse Monitor::respond(const HttpRequest& request) const {
  const Sample& sample = sampler_.last();
  if (request.path == "/metrics") {
    return {.type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics_text(sample, disk_.free_bytes(), start_ns_)};
  }
  if (request.path == "/healthz") return {.status = is_well(sample) ? 200 : 503, .body = health_text(sample)};
  if (request.path == "/") return page();
  if (request.path == "/status.json") {
    const std::uint64_t since = since_in(request);
    return {.type = "application/json", .body = status_json(sample, since > sample.number ? 0 : since, start_ns_)};
  }
  return {.status = 404, .body = "there are /, /status.json, /metrics and /healthz\n"};
}

}  // namespace logbuf::archiver
