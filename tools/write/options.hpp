// What logbuf-write was asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "program.hpp"

namespace logbuf::write {

enum class OnFull { wait, drop };

struct Options {
  std::vector<std::string> ring;  // one
  std::vector<std::string> files;

  bool create = false;
  std::optional<cli::Size> capacity;
  std::string kind;  // empty: not given
  bool timestamps = false;

  std::string delimiter_text;
  bool null_delimited = false;
  bool length_prefixed = false;

  cli::Count type;
  std::string producer_name;
  std::string on_full_text;
  bool tee = false;
  bool verbose = false;

  // Of the above, once check() has found them sound.
  std::string delimiter;
  OnFull on_full = OnFull::wait;
};

// The command line, bound to `options`.
cli::ProgramInfo program(Options& options);

// Ends the program (exit code 2) where the options contradict each other.
void check(Options& options, const cli::po::variables_map& given);

}  // namespace logbuf::write
