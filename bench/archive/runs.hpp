// What is measured, and what came out.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <vector>

#include "result.hpp"

namespace logbuf::bench_archive {

using bench::Spread;
using bench::spread_of;

struct Cpu {
  double user_s = 0;
  double system_s = 0;
};

inline Cpu cpu_of(const rusage& usage) noexcept {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {.user_s = seconds(usage.ru_utime), .system_s = seconds(usage.ru_stime)};
}
// Never below nothing: the kernel's halves of a process' time are estimates.
inline Cpu operator-(const Cpu& a, const Cpu& b) noexcept {
  return {.user_s = a.user_s > b.user_s ? a.user_s - b.user_s : 0,
          .system_s = a.system_s > b.system_s ? a.system_s - b.system_s : 0};
}

// From the ring to the disk.
struct ArchiverRun {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of the archive's files
  double seconds = 0;       // from the first commit until the archive has all
  Cpu cpu;                  // of the archiver, without its start
};

// As many bytes, written by a loop.
struct PlainRun {
  std::uint64_t bytes = 0;
  std::uint64_t syncs = 0;  // of data
  double seconds = 0;
  Cpu cpu;
};

template <typename Run>
double bytes_per_s(const Run& run) noexcept {
  return static_cast<double>(run.bytes) / run.seconds;
}

struct Pair {
  ArchiverRun archiver;
  PlainRun plain;

  double ratio() const noexcept { return bytes_per_s(archiver) / bytes_per_s(plain); }
};

// A way of making durable, and how fast the archiver should be then.
struct Sync {
  std::string option;  // the archiver's --sync
  std::uint64_t interval_ns = 0;
  double target = 0;  // archiver's speed by the plain loop's
};

struct Line {
  Sync sync;
  std::uint32_t payload_bytes = 0;
  std::vector<Pair> pairs;
};

// Lines of text, with compression and without: what producers see of it.
struct CompressRun {
  std::uint64_t payload_bytes = 0;
  double without_s = 0;  // from the first commit to the last
  double with_s = 0;
  std::uint64_t bytes_without = 0;  // of the archive's files
  std::uint64_t bytes_with = 0;     // when all that can be is compressed

  double ratio() const noexcept { return without_s / with_s; }
  double times_smaller() const noexcept { return static_cast<double>(bytes_without) / static_cast<double>(bytes_with); }
};

// An archive read by one of logbuf's programs, and its files by cat, just before.
struct ReadPair {
  double reader_s = 0;
  double cat_s = 0;

  double ratio() const noexcept { return cat_s / reader_s; }
};

struct ReadLine {
  std::string name;
  std::uint32_t payload_bytes = 0;
  double target = 0;  // cat's time by the reader's; 0: none
  std::uint64_t bytes = 0;
  std::vector<ReadPair> pairs = {};
};

// What depends on how large an archive is.
struct SizeLine {
  std::uint64_t bytes = 0;
  std::uint64_t in_use_bytes = 0;  // of the file that is not sealed
  std::vector<double> recovery_ms = {};
  std::vector<double> seek_ms = {};
};

struct Reading {
  std::vector<ReadLine> lines;
  std::vector<SizeLine> sizes;
  std::string left_out;  // what this logbuf-cat does not know
  bool cut_short = false;
};

// Over all runs (or pairs), what `value` makes of each.
template <typename Run, typename Value>
Spread spread_over(const std::vector<Run>& runs, Value value) {
  std::vector<double> values;
  for (const Run& run : runs) values.push_back(value(run));
  return spread_of(std::move(values));
}

}  // namespace logbuf::bench_archive
