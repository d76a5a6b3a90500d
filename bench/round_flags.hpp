// The flags of benches that measure in rounds, with the archiver at the ring's end.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "check.hpp"
#include "failure.hpp"
#include "program.hpp"

namespace logbuf::bench {

// Ends the program: the command line is wrong.
[[noreturn]] void wrong(const std::string& what);

// Was it given, rather than left at its default?
bool chosen(const cli::po::variables_map& values, const char* flag);

struct RoundFlags {
  cli::Count runs{5};
  cli::Duration at_most{std::chrono::minutes(8)};
  std::string archiver = {};
  std::string json_path = {};
  CheckOptions check = {};
  bool no_pin = false;
  bool quick = false;

  // "How"; its flags write to this. `quick_is`: what --quick makes small.
  cli::po::options_description group(const std::string& quick_is);
  // Of each line; ends the program where that number cannot be.
  std::uint32_t runs_of(const cli::po::variables_map& values) const;
  // The one that was built with this program, if no other was named.
  std::filesystem::path archiver_path() const;
};

}  // namespace logbuf::bench
