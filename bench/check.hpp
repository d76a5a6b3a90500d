// Has anything fallen? The ratios of a run against those that a file has of an earlier one. Never times, nor rates:
// these are the machine's.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "failure.hpp"
#include "program.hpp"

namespace logbuf::bench {

// Two figures of the same round, one by the other: above is better.
struct Ratio {
  std::string name;
  std::vector<double> rounds;
};

using Reference = std::map<std::string, double>;  // by name

// A ratio has fallen where not even its best round comes to this share of the reference, which is the least of the
// rounds then: some have two modes, and others on the machine spoil a round, but a change for the worse spoils all.
inline constexpr double kTolerance = 0.7;

struct Fallen {
  std::string name;
  double then = 0;
  double median = 0;
  double best = 0;
};

struct Comparison {
  std::vector<Fallen> fallen;
  std::size_t compared = 0;
  std::size_t not_measured = 0;  // in the reference, but not in this run
  std::size_t not_known = 0;     // the other way round
};

Comparison compare(const Reference& then, const std::vector<Ratio>& now);

// Of each ratio the least of its rounds, in place of what the reference had under that name.
void update(Reference& reference, const std::vector<Ratio>& now);

// JSON: {"name": ratio, ...}
Reference parse_reference(const std::string& text);  // throws std::exception where it is none
std::string as_json(const Reference& reference);

// What it says to people.
std::string as_text(const Comparison& comparison, const std::string& file);

struct CheckOptions {
  std::string against;  // file; empty: none
  std::string write;    // the same

  bool any() const noexcept { return !against.empty() || !write.empty(); }
};

void add_check_options(cli::po::options_description& group, CheckOptions& options);

// The options' work, about a run.
class Check {
 public:
  // Before the long work: what cannot be read or written is better known now.
  explicit Check(const CheckOptions& options);

  // Behind it: writes the file, if one is to be written, and compares. Gives the text for people; empty: nothing to
  // say.
  std::string finish(const std::vector<Ratio>& ratios);
  cli::ExitCode exit_code() const noexcept { return exit_code_; }

 private:
  const CheckOptions& options_;
  Reference against_;
  Reference to_write_;
  cli::ExitCode exit_code_ = cli::ExitCode::ok;
};

}  // namespace logbuf::bench
