// logbuf-cat: shows the records of rings and archives.
#include <algorithm>

#include "copy_targets.hpp"
#include "header.hpp"
#include "options.hpp"
#include "verify.hpp"

namespace logbuf::cat {
namespace {

using cli::ExitCode;

ExitCode work(const Options& options) {
  check(options);
  cli::Output out;
  const bool json = options.output_kind() == OutputKind::json;
  auto code = ExitCode::ok;
  if (options.verify) {
    for (const auto& target : options.targets) code = std::max(code, verify(find_target(target), out, json));
  } else if (options.header) {
    for (const auto& target : options.targets) code = std::max(code, print_header(find_target(target), out, json));
  } else {
    code = copy_targets(options, out);
  }
  return out.finish(code);
}

}  // namespace
}  // namespace logbuf::cat

int main(int argc, char** argv) {
  logbuf::cat::Options options;
  return logbuf::cli::run(argc, argv, logbuf::cat::program(options),
                          [&](const auto&) { return logbuf::cat::work(options); });
}
