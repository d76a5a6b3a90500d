#include "options.hpp"

#include "delimiter.hpp"
#include "text.hpp"

namespace logbuf::write {
namespace {

using cli::option_group;
namespace po = cli::po;

constexpr std::uint64_t kLargestType = 65535;

po::options_description input_options(Options& o) {
  auto group = option_group("Input");
  group.add_options()("delimiter,d", po::value(&o.delimiter_text)->value_name("STR")->default_value("\\n"),
                      "what ends a record; \\n \\r \\t \\0 \\\\ \\xNN are understood")(
      "null,0", po::bool_switch(&o.null_delimited), "a zero byte ends a record")(
      "length-prefixed", po::bool_switch(&o.length_prefixed),
      "each record comes after its length, 4 bytes little-endian")("tee", po::bool_switch(&o.tee),
                                                                   "copy the input to stdout");
  return group;
}

po::options_description record_options(Options& o) {
  auto group = option_group("Records");
  group.add_options()("type", po::value(&o.type)->value_name("N")->default_value({0}), "the records' type, 0 to 65535");
  o.sink.add_to(group);
  group.add_options()("verbose,v", po::bool_switch(&o.verbose), "say at the end what was written");
  return group;
}

[[noreturn]] void wrong(const std::string& what) {
  cli::die(what + " (try --help)", cli::ExitCode::usage);
}

}  // namespace

cli::ProgramInfo program(Options& o) {
  return {.name = "logbuf-write",
          .purpose = "writes bytes into a ring, one record per line of stdin or of FILEs",
          .usage = {"RING [FILE...] [OPTION...]"},
          .groups = {o.ring_wish.group(), input_options(o), record_options(o)},
          .arguments = {{"RING", &o.ring}, {"FILE", &o.files, 0, cli::Argument::any_number}},
          .examples = {{"journalctl -f | logbuf-write system --create --capacity 16M",
                        "writes the journal into the ring 'system', made if there is none"},
                       {"find / -print0 | logbuf-write -0 --name finder --on-full drop files",
                        "writes names that may hold newlines, and never waits for the ring"}},
          .notes =
              "FILE '-' is stdin. An empty line is not a record; it is counted on stderr.\n"
              "Exit codes: 0 all was written; 1 not all could be (too large, truncated, ring closed);\n"
              "2 wrong usage, no such ring or file; 3 records were dropped, which stderr counts."};
}

void check(Options& o, const po::variables_map& given) {
  o.ring_wish.check();

  const bool delimited = !given["delimiter"].defaulted();
  if (int{delimited} + int{o.null_delimited} + int{o.length_prefixed} > 1)
    wrong("--delimiter, -0 and --length-prefixed exclude each other");
  const auto delimiter = parse_delimiter(o.null_delimited ? "\\0" : o.delimiter_text);
  if (!delimiter) wrong("--delimiter: " + delimiter.error());
  o.delimiter = *delimiter;

  if (o.type.number > kLargestType)
    wrong("--type: " + std::to_string(o.type.number) + " is too large: give 0 to 65535");
  o.sink.check();
  o.sink.type = static_cast<std::uint16_t>(o.type.number);
}

}  // namespace logbuf::write
