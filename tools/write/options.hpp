// What logbuf-write was asked to do.
#pragma once

#include <string>
#include <vector>

#include "program.hpp"
#include "ring.hpp"
#include "sink.hpp"

namespace logbuf::write {

struct Options {
  std::vector<std::string> ring;  // one
  std::vector<std::string> files;
  RingWish ring_wish;

  std::string delimiter_text;
  bool null_delimited = false;
  bool length_prefixed = false;

  cli::Count type;
  SinkOptions sink;
  bool tee = false;
  bool verbose = false;

  // Of the above, once check() has found them sound.
  std::string delimiter;
};

// The command line, bound to `options`.
cli::ProgramInfo program(Options& options);

// Ends the program (exit code 2) where the options contradict each other.
void check(Options& options, const cli::po::variables_map& given);

}  // namespace logbuf::write
