#include "monitor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "failure.hpp"
#include "health.hpp"
#include "metrics.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

constexpr auto kBetweenSamples = std::chrono::seconds(1);

}  // namespace

Monitor::Monitor(const ListenAddress& address, const Board& board, const std::filesystem::path& archives)
    : start_ns_(cli::now_ns()),
      server_(address, [this](const HttpRequest& request) { return respond(request); }),
      disk_(board, archives),
      sampler_(board, disk_),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) cli::die(std::error_code(errno, std::system_category()), "--metrics");
  cli::complain("metrics at http://" + server_.address().text() + "/metrics");
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
  return {.status = 404, .body = "there are /metrics and /healthz\n"};
}

}  // namespace logbuf::archiver
