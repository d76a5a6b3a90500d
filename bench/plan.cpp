#include "plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace logbuf::bench {
namespace {

constexpr std::uint32_t kChannelPayload_bytes = 128;
constexpr std::uint32_t kBatchPayload_bytes = 16;

// On a terminal, how far it is.
void show_progress(std::uint32_t run, std::uint32_t runs, std::size_t done, std::size_t all) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\rrun %u of %u: %zu of %zu configurations ", run + 1, runs, done, all);
  if (run + 1 == runs && done == all) std::fputs("\r\033[K", stderr);
}

}  // namespace

Configuration in_process_beside(const Configuration& line) {
  return {.transport = Transport::in_process,
          .kind = line.kind,
          .producers = line.producers,
          .payload_bytes = line.payload_bytes};
}

Configuration bare_copy_beside(const Configuration& line) {
  return {.transport = Transport::bare_copy, .kind = Kind::spsc, .producers = 1, .payload_bytes = line.payload_bytes};
}

std::vector<Configuration> plan(const Options& options) {
  std::vector<Configuration> all;
  const auto add = [&](const Configuration& configuration) {
    if (std::ranges::find(all, configuration) == all.end()) all.push_back(configuration);
  };
  const auto add_line = [&](Transport transport, Kind kind, std::uint32_t producers, std::uint32_t bytes) {
    const Configuration line{.transport = transport, .kind = kind, .producers = producers, .payload_bytes = bytes};
    add(line);
    if (!options.references) return;
    add(in_process_beside(line));
    add(bare_copy_beside(line));
  };
  if (options.only != Kind::mpsc) {
    for (const std::uint32_t bytes : options.payloads_bytes) add_line(Transport::queue, Kind::spsc, 1, bytes);
    add_line(Transport::channel, Kind::spsc, 1, kChannelPayload_bytes);
    add_line(Transport::batch, Kind::spsc, 1, kBatchPayload_bytes);
  }
  if (options.only != Kind::spsc) {
    for (const std::uint32_t producers : options.producers) {
      for (const std::uint32_t bytes : options.payloads_bytes) add_line(Transport::queue, Kind::mpsc, producers, bytes);
    }
    add_line(Transport::batch, Kind::mpsc, 1, kBatchPayload_bytes);
  }
  if (options.references && options.only != Kind::mpsc) {
    for (const Transport peer : {Transport::message_queue, Transport::socket, Transport::pipe})
      add({.transport = peer, .kind = Kind::mpsc, .producers = 1, .payload_bytes = kChannelPayload_bytes});
  }
  return all;
}

std::vector<Result> measure_all(Runner& runner, const Options& options) {
  std::vector<Result> results;
  for (const Configuration& configuration : plan(options))
    results.push_back({.configuration = configuration, .throughput = {}, .cost = {}});
  for (std::uint32_t run = 0; run < options.runs; ++run) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i].throughput.push_back(runner.run_throughput(results[i].configuration));
      results[i].cost.push_back(runner.run_cost(results[i].configuration));
      show_progress(run, options.runs, i + 1, results.size());
    }
  }
  return results;
}

const Result* find(const std::vector<Result>& results, const Configuration& configuration) {
  const auto at = std::ranges::find(results, configuration, &Result::configuration);
  return at == results.end() ? nullptr : &*at;
}

}  // namespace logbuf::bench
