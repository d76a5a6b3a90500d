// A process that logs: spdlog-peer RING PROCESS THREADS COUNT
//
// Attaches, writes one byte to stdout (ready), waits for the end of stdin (the gate). Then each of THREADS threads logs
// COUNT messages (message.hpp) through the same logger. Exit code 0: no message was dropped, and no error told.
#include <spdlog/logger.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <logbuf/spdlog_sink.hpp>

#include "message.hpp"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto number = [&](int i) { return static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10)); };
  const unsigned process = number(2);
  const unsigned threads = number(3);
  const unsigned count = number(4);
  const auto sink = std::make_shared<logbuf::SpdlogSink>(
      argv[1], logbuf::SpdlogOptions{.producer_name = "peer-" + std::to_string(process), .pattern = "%v|"});
  spdlog::logger log("peer", sink);
  log.set_level(spdlog::level::trace);
  std::atomic<int> errors = 0;
  log.set_error_handler([&](const std::string& error) {
    std::fprintf(stderr, "spdlog-peer: %s\n", error.c_str());
    ++errors;
  });
  if (::write(STDOUT_FILENO, "r", 1) != 1) return 2;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::vector<std::jthread> running;
  for (unsigned thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      for (unsigned n = 0; n < count; ++n) {
        const test::Message message{process, thread, n};
        log.log(message.level(), "{} {} {} [{}] {}", process, thread, n, spdlog::level::to_string_view(message.level()),
                message.text());
      }
    });
  }
  running.clear();
  return errors == 0 && sink->dropped() == 0 ? 0 : 1;
}
