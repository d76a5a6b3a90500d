// A service of many threads that logs by spdlog, through one ring to disk.
//
// One logger, one sink: each thread writes to the ring by itself and waits for no other. A full disk or a slow one is the
// archiver's affair; when the service dies, what it has logged is in the ring, and the archiver gets it from there.
//
// By hand:
//   logbuf-ctl create service --capacity 16M --timestamps
//   logbuf-archiver --ring service --dir logs --sync batch &
//   spdlog_logger service 4 1000                                 # 4 threads, 1000 orders each
//   logbuf-cat --time iso logs/service | tail                    # the archive knows the time: the lines need none
//   logbuf-cat --type 4 logs/service                             # warnings: trace is 1, debug 2, ... critical 6
//
// For your own use: make_logger() is all that is new to a program that logs by spdlog already. Where a line may be lost
// rather than waited with: .on_full = logbuf::OnFull::drop, and look at dropped(). A thread takes a slot of the ring
// (logbuf-ctl create --producers N); threads for which there is none share one.
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <logbuf/spdlog_sink.hpp>

using namespace std::chrono_literals;

std::shared_ptr<logbuf::SpdlogSink> make_logger(const std::string& ring) {
  auto sink = std::make_shared<logbuf::SpdlogSink>(
      ring, logbuf::SpdlogOptions{.producer_name = "service", .pattern = "[%t] %v", .flush_waits_durable = 10s});
  auto logger = std::make_shared<spdlog::logger>("service", sink);
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::critical);  // on disk when the call returns
  spdlog::set_default_logger(logger);
  return sink;
}

void work(int worker, int orders) {
  for (int order = 0; order < orders; ++order) {
    spdlog::debug("worker {} takes order {}", worker, order);
    if (order % 100 == 99) spdlog::warn("worker {}: order {} is late", worker, order);
    spdlog::info("worker {} has filled order {}: {} at {:.2f}", worker, order, 10 + order % 90, 100 + order % 7 * 0.25);
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: spdlog_logger RING THREADS ORDERS\n"), 2;
  const int threads = std::atoi(argv[2]);
  const int orders = std::atoi(argv[3]);
  try {
    const auto sink = make_logger(argv[1]);
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < threads; ++worker) workers.emplace_back(work, worker, orders);
    workers.clear();  // joins them
    spdlog::critical("the market is closed: {} orders", threads * orders);
    if (sink->dropped() > 0) std::fprintf(stderr, "spdlog_logger: %ju lines are lost\n", std::uintmax_t{sink->dropped()});
    return sink->dropped() == 0 ? 0 : 1;
  } catch (const spdlog::spdlog_ex& error) {  // no such ring
    return std::fprintf(stderr, "spdlog_logger: %s\n", error.what()), 1;
  }
}
