// What every program does before and after its own work: flags, --help, --version, words for errors, the exit
// code.
//
//   int main(int argc, char** argv) {
//     Options options;
//     return cli::run(argc, argv, program(options), [&](const auto&) { return work(options); });
//   }
#pragma once

#include <boost/program_options.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "failure.hpp"
#include "value.hpp"

namespace logbuf::cli {

namespace po = boost::program_options;

// What stands in the command line without a flag: RING, FILE...
struct Argument {
  static constexpr std::size_t any_number = static_cast<std::size_t>(-1);

  std::string name;
  std::vector<std::string>* values;  // filled before the body runs
  std::size_t at_least = 1;
  std::size_t at_most = 1;  // only the last argument may take several
};

struct Example {
  std::string command;
  std::string effect;
};

// Options under one heading of --help.
po::options_description option_group(const std::string& heading);

struct ProgramInfo {
  std::string name;                             // "logbuf-cat", "logbuf-ctl create"
  std::string purpose;                          // one line
  std::vector<std::string> usage;               // what follows the name, a line for each form
  std::vector<po::options_description> groups;  // from option_group()
  std::vector<Argument> arguments;
  std::vector<Example> examples;
  std::string notes;  // after the examples; exit codes of its own, for instance
  // Called where the command line is stored, and before values go to their variables: for options from elsewhere. What
  // it stores does not replace what the command line gave.
  std::function<void(po::variables_map&)> complete = {};
};

// Gets all the options; what was bound with po::value(&variable) is set.
using Body = std::function<ExitCode(const po::variables_map&)>;

// Reads the command line and runs the body, unless --help or --version was all that was wanted. Wrong usage
// is said on stderr, "logbuf-cat: no option --foo (try --help)", and is exit code 2. Option names cannot be
// abbreviated. A Stop (see die()) or any other exception of the body is said and is the exit code. Ignores
// SIGPIPE and SIGXFSZ, and sees to it that file descriptors 0 to 2 are taken, so that no ring or archive becomes
// somebody's stdout.
int run(int argc, const char* const* argv, const ProgramInfo& info, const Body& body);

// The reading alone, for a program that reads its options again. Throws Stop where run() says that the usage is wrong.
// With --help or --version nothing reaches the variables.
po::variables_map parse(int argc, const char* const* argv, const ProgramInfo& info);

// One of a program's commands: `logbuf-ctl create NAME`. info.name has both words.
struct Command {
  ProgramInfo info;
  Body body;
};

// Finds the command that argv[1] names and runs it as run() does. --help alone lists the commands.
int run_command(int argc, const char* const* argv, const ProgramInfo& program, const std::vector<Command>& commands);

// The sentence for what Program_options throws; for programs that parse more with it, such as a configuration
// file.
std::string describe(const po::error& error);

// The long names of all of them, without --.
std::vector<std::string> names_of(const po::options_description& options);

std::string_view version() noexcept;

}  // namespace logbuf::cli
