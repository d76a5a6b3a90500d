#include "round_flags.hpp"

namespace logbuf::bench {

void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

bool chosen(const cli::po::variables_map& values, const char* flag) {
  return values.count(flag) != 0 && !values[flag].defaulted();
}

cli::po::options_description RoundFlags::group(const std::string& quick_is) {
  namespace po = cli::po;
  auto how = cli::option_group("How");
  how.add_options()("runs", po::value(&runs)->value_name("N")->default_value(runs),
                    "of each line, in turn with the others'")(
      "at-most", po::value(&at_most)->value_name("DURATION")->default_value(at_most),
      "fewer runs where these would take longer")("quick", po::bool_switch(&quick),
                                                  ("a look whether it works: " + quick_is).c_str())(
      "no-pin", po::bool_switch(&no_pin), "let the kernel choose the CPUs")(
      "archiver", po::value(&archiver)->value_name("FILE"), "another logbuf-archiver")(
      "json", po::value(&json_path)->value_name("FILE"), "write every run there, as JSON");
  add_check_options(how, check);
  return how;
}

std::uint32_t RoundFlags::runs_of(const cli::po::variables_map& values) const {
  const std::uint64_t number = quick && !chosen(values, "runs") ? 1 : runs.number;
  if (number == 0 || number > 1000) wrong("--runs " + std::to_string(number) + " is not between 1 and 1000");
  return static_cast<std::uint32_t>(number);
}

std::filesystem::path RoundFlags::archiver_path() const {
  namespace fs = std::filesystem;
  if (!archiver.empty()) return archiver;
  return fs::canonical("/proc/self/exe").parent_path() / "../../daemon/logbuf-archiver";
}

}  // namespace logbuf::bench
