// A process that logs by spdlog, and times each call: PROGRAM PAGE TARGET, a ring or a file.
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <time.h>

#include <barrier>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include <logbuf/spdlog_sink.hpp>

#include "../cycle_timer.hpp"
#include "../placement.hpp"
#include "page.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::bench_spdlog;

// What was logged is taken away meanwhile.
void rest() noexcept {
  const timespec time = {.tv_sec = 0, .tv_nsec = 20'000'000};
  ::nanosleep(&time, nullptr);
}

struct Pool {
  std::shared_ptr<spdlog::details::thread_pool> threads;  // async only
};

std::shared_ptr<spdlog::logger> make_logger(const Task& task, const char* target, Pool& pool) {
  if (task.way == Way::nowhere)
    return std::make_shared<spdlog::logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
  if (task.way == Way::ring) return std::make_shared<spdlog::logger>("bench", std::make_shared<SpdlogSink>(target));
  const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(target);
  if (task.way == Way::file) return std::make_shared<spdlog::logger>("bench", sink);
  const std::int32_t cpu = task.writer_cpu;
  pool.threads = std::make_shared<spdlog::details::thread_pool>(task.queue_messages, 1, [cpu] { bench::pin_to(cpu); });
  return std::make_shared<spdlog::async_logger>("bench", sink, pool.threads, spdlog::async_overflow_policy::block);
}

// As programs do it: some text, some numbers.
void log_one(spdlog::logger& logger, std::uint64_t n) {
  constexpr const char* kSymbols[] = {"ACME", "GLOBEX", "INITECH", "UMBRELLA"};
  logger.info("order {} of {}: {} at {:.2f}", n, kSymbols[n % 4], n % 1000, static_cast<double>(n % 100'000) / 100);
}

void log_bursts(const Task& task, spdlog::logger& logger, std::barrier<>& together, ThreadResult& result) {
  result.timer_cycles = bench::measure_timer_cycles();
  std::uint64_t n = 0;
  for (std::uint64_t burst = 0; burst < task.bursts; ++burst) {
    rest();
    together.arrive_and_wait();
    for (std::uint64_t i = 0; i < task.calls_a_burst; ++i, ++n) {
      const std::uint64_t before = bench::cycles_before();
      log_one(logger, n);
      const std::uint64_t after = bench::cycles_after();
      if (burst < task.warm_up_bursts) continue;
      result.cycles.add(after - before);
      result.sum_cycles += after - before;
    }
  }
}

void log_all(Page& page, const char* target) {
  const Task& task = page.task;
  Pool pool;
  const auto logger = make_logger(task, target, pool);
  for (const auto& sink : logger->sinks()) sink->set_pattern(task.pattern.data());
  std::atomic<std::uint64_t> errors = 0;
  logger->set_error_handler([&](const std::string& error) {
    std::fprintf(stderr, "spdlog: %s\n", error.c_str());
    ++errors;
  });
  std::barrier together(task.threads);
  std::vector<std::jthread> threads;
  for (std::uint32_t i = 0; i < task.threads; ++i) {
    threads.emplace_back([&, i] {
      bench::pin_to(task.cpus[i]);
      log_bursts(task, *logger, together, page.threads[i]);
    });
  }
  threads.clear();
  logger->flush();
  pool.threads.reset();  // returns when its thread has done all
  page.errors = errors;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "%s: only logbuf-bench-spdlog starts this\n", argv[0]);
    return 2;
  }
  try {
    const bench::SharedMemory memory(std::atoi(argv[1]), sizeof(Page));
    Page& page = page_in(memory);
    log_all(page, argv[2]);
    // release: with all that was noted; pairs with the coordinator's look.
    page.done.store(1, std::memory_order_release);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
