// A logger to a ring, and what the tests of it share.
#pragma once

#include <doctest/doctest.h>
#include <spdlog/logger.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <logbuf/channel.hpp>
#include <logbuf/spdlog_sink.hpp>

#include "child.hpp"
#include "scratch_ring.hpp"

namespace test {

// A sink, a logger with no other, and what its error handler was told.
struct Log {
  explicit Log(const std::string& ring, logbuf::SpdlogOptions options = {})
      : sink(std::make_shared<logbuf::SpdlogSink>(ring, std::move(options))), logger("log", sink) {
    logger.set_error_handler([this](const std::string& error) { errors.push_back(error); });
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  spdlog::logger* operator->() { return &logger; }

  std::shared_ptr<logbuf::SpdlogSink> sink;
  spdlog::logger logger;
  std::vector<std::string> errors;
};

// Waits until something is true, for a minute or two; then the test fails.
inline void wait_until(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// The next record's text; waits until there is one.
inline std::string take_waiting(logbuf::Consumer& consumer) {
  std::optional<std::string> text;
  wait_until([&] { return (text = take(consumer)).has_value(); });
  return *text;
}

// How many producers are attached and alive.
inline std::size_t attached(const ScratchRing& ring) {
  std::size_t count = 0;
  for (const auto& producer : ring.status().producers) count += producer.alive;
  return count;
}

}  // namespace test
