// What logbuf-archiver was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/keeper.hpp>
#include <logbuf/segment.hpp>

#include "monitor/listen_address.hpp"
#include "program.hpp"
#include "retention.hpp"

namespace logbuf::archiver {

// When what was written is made durable.
struct SyncPolicy {
  enum class When { never, interval, batch };
  When when = When::interval;
  std::chrono::nanoseconds interval = std::chrono::seconds(1);
};

struct Options {
  std::vector<std::string> rings;  // by name: each must be there, or be created
  std::vector<std::string> globs;  // by pattern: those that are there, and those that come
  std::string directory;
  bool create = false;
  SegmentOptions segment;  // for --create
  bool capacity_given = false;
  SyncPolicy sync;
  std::uint64_t rotate_size_bytes = 0;
  std::optional<std::chrono::nanoseconds> rotate_age;
  Retention retention;
  std::optional<archive::Compression> compression;
  bool once = false;
  std::optional<std::chrono::nanoseconds> until_idle;
  std::optional<ListenAddress> metrics;  // where /metrics is
};

// In the syntax of the configuration file. Throws cli::Stop where a value cannot stand in one.
std::string config_text(const Options& options);

// "sync interval=1s -> batch, rotate-age not set -> 1h": for people. Empty where nothing has changed.
std::string changes(const Options& before, const Options& after);

// The options as command line and configuration file have them now; the error says what is wrong with them.
using Reread = std::function<std::expected<Options, std::string>()>;

// Reads command line and configuration file, and runs `body` with what they say unless they were only to be checked or
// shown; returns the exit code. Without a configuration file the body gets an empty Reread.
int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&, const Reread&)>& body);

}  // namespace logbuf::archiver
