// A process that logs by spdlog to a file: PROGRAM PAGE FILE. Built twice; with BENCH_SPDLOG_ASYNC a thread of spdlog's
// own writes the file.
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <memory>

#include "../placement.hpp"
#include "produce.hpp"

namespace {

using namespace logbuf::bench_disk;

void log_all(Page& page, spdlog::logger& logger) {
  logger.set_pattern("%v");
  // What is text already is not formatted again.
  produce(page, [&](std::span<const std::byte> record) {
    logger.info(spdlog::string_view_t(reinterpret_cast<const char*>(record.data()), record.size()));
  });
  logger.flush();
}

}  // namespace

int main(int argc, char** argv) {
  return produce_as(argc, argv, [](Page& page, const char* file) {
    // One thread writes at a time: no lock.
    const auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
#ifdef BENCH_SPDLOG_ASYNC
    const std::int32_t cpu = page.task.writer_cpu;
    auto pool = std::make_shared<spdlog::details::thread_pool>(page.task.room_records, 1,
                                                               [cpu] { logbuf::bench::pin_to(cpu); });
    auto logger = std::make_shared<spdlog::async_logger>("bench", sink, pool, spdlog::async_overflow_policy::block);
    log_all(page, *logger);
    // Returns when the thread has done all.
    pool.reset();
#else
    spdlog::logger logger("bench", sink);
    log_all(page, logger);
#endif
    page.produced.on_file_ns = logbuf::bench::monotonic_ns();
  });
}
