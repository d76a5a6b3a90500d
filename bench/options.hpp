// The flags of logbuf-bench.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <logbuf/segment.hpp>

#include "check.hpp"
#include "failure.hpp"

namespace logbuf::bench {

struct Options {
  std::optional<Kind> only;
  std::vector<std::uint32_t> payloads_bytes;
  std::vector<std::uint32_t> producers;  // of mpsc
  std::uint32_t runs = 0;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t batch_bytes = 0;
  std::uint64_t measured_ns = 0;       // of a throughput run
  std::uint64_t measured_records = 0;  // of all cost runs of a configuration together
  bool pin = true;
  bool references = true;
  bool deaths = false;  // these alone
  bool latency = false;
  bool growth = false;
  bool fairness = false;
  bool quick = false;
  std::string json_path;
  std::string plot_directory;  // empty: no plots
  std::string plot_from;       // the JSON of an earlier run; empty: of this one
  CheckOptions check;
};

int run_with_options(int argc, char** argv, const std::function<cli::ExitCode(const Options&)>& body);

}  // namespace logbuf::bench
