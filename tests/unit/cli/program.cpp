#include "program.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <logbuf/error.hpp>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "child.hpp"

using namespace logbuf::cli;

namespace {

struct Options {
  Size capacity{64 << 20};
  std::optional<Duration> interval;
  Count lines;
  bool follow = false;
  std::string since;
  std::vector<std::string> ring;
  std::vector<std::string> files;
};

ProgramInfo example(Options& options) {
  auto general = option_group("Rings");
  general.add_options()("capacity", po::value(&options.capacity)->value_name("SIZE")->default_value({64 << 20}),
                        "how much the ring holds")("interval", po::value(&options.interval)->value_name("DURATION"),
                                                   "how often");
  auto records = option_group("Records");
  records.add_options()("lines,n", po::value(&options.lines)->value_name("N"), "the last N")(
      "since,S", po::value(&options.since)->value_name("TIME"), "not before")(
      "follow,f", po::bool_switch(&options.follow), "go on");
  return {.name = "logbuf-example",
          .purpose = "shows how programs are made",
          .usage = {"RING [FILE...]", "--version"},
          .groups = {general, records},
          .arguments = {{"RING", &options.ring}, {"FILE", &options.files, 0, Argument::any_number}},
          .examples = {{"logbuf-example orders", "shows orders"}, {"logbuf-example -n 5 orders", "five of them"}},
          .notes = ""};
}

int call(std::vector<const char*> words, Options& options, const std::function<ExitCode()>& body) {
  words.insert(words.begin(), "logbuf-example");
  return run(static_cast<int>(words.size()), words.data(), example(options), [&](const auto&) { return body(); });
}

Ended call_in_child(
    const std::vector<const char*>& words, const std::function<ExitCode()>& body = [] { return ExitCode::ok; }) {
  return in_child([&] {
    Options options;
    return call(words, options, body);
  });
}

}  // namespace

TEST_CASE("options and arguments reach the program, in any order and form") {
  const Ended ended = in_child([] {
    Options o;
    return call({"-fn5", "orders", "--since", "-5m", "--capacity=1K", "a", "--interval", "10ms", "--", "-b"}, o, [&] {
      const bool right = o.follow && o.lines.number == 5 && o.since == "-5m" && o.capacity.bytes == 1024 &&
                         o.interval && o.interval->time == std::chrono::milliseconds(10) &&
                         o.ring == std::vector<std::string>{"orders"} && o.files == std::vector<std::string>{"a", "-b"};
      return right ? ExitCode::lost : ExitCode::failed;
    });
  });
  CHECK(ended.status == 3);
  CHECK(ended.err == "");
}

TEST_CASE("a value that looks like an option is taken after an equal sign") {
  const Ended ended = in_child([] {
    Options o;
    return call({"orders", "--since=--follow"}, o,
                [&] { return o.since == "--follow" && !o.follow ? ExitCode::ok : ExitCode::failed; });
  });
  CHECK(ended.status == 0);
}

TEST_CASE("options that are not given keep their defaults, and optional ones stay empty") {
  const Ended ended = in_child([] {
    Options o;
    return call({"orders"}, o, [&] {
      return o.capacity.bytes == 64 << 20 && !o.interval && !o.follow ? ExitCode::ok : ExitCode::failed;
    });
  });
  CHECK(ended.status == 0);
}

TEST_CASE("--help shows the groups, the defaults and the examples on stdout, and needs no arguments") {
  const Ended ended = call_in_child({"--help"});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  for (const char* part : {"logbuf-example: shows how programs are made\n", "usage: logbuf-example RING [FILE...]\n",
                           "       logbuf-example --version\n", "Rings:", "Records:", "About the program:",
                           "--capacity SIZE (=64M)", "-n [ --lines ] N", "Examples:\n  logbuf-example orders\n"}) {
    CAPTURE(part);
    CHECK(ended.out.find(part) != std::string::npos);
  }
}

TEST_CASE("--version shows the program and its version") {
  const Ended ended = call_in_child({"-V"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "logbuf-example " + std::string(version()) + "\n");
}

TEST_CASE("--help to a full disk fails") {
  const Ended ended = in_child([] {
    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    Options options;
    return call({"--help"}, options, [] { return ExitCode::ok; });
  });
  CHECK(ended.status == 1);
}

TEST_CASE("wrong usage is one line that says what is wrong, and exit code 2") {
  struct Case {
    std::vector<const char*> words;
    std::string what;
  };
  const std::vector<Case> cases = {
      {{}, "RING is missing"},
      {{"orders", "--colour"}, "there is no option --colour"},
      {{"orders", "--cap", "1K"}, "there is no option --cap; near it: '--capacity'"},
      {{"orders", "--lnies=3"}, "there is no option --lnies=3; near it: '--lines'"},
      {{"orders", "--fallow"}, "there is no option --fallow; near it: '--follow'"},
      {{"orders", "-q"}, "there is no option -q"},
      {{"orders", "--capacity"}, "--capacity needs a value"},
      {{"orders", "--capacity="}, "--capacity needs a value"},
      {{"orders", "--lines", "--follow"}, "--lines needs a value"},
      {{"orders", "-n", "-f"}, "--lines needs a value"},
      {{"orders", "--since", "--lines=5"}, "--since needs a value"},
      {{"orders", "--follow=yes"}, "--follow takes no value"},
      {{"orders", "--capacity", "1K", "--capacity", "2K"}, "--capacity is given more than once"},
      {{"orders", "-n", "1", "--lines", "2"}, "--lines is given more than once"},
      {{"orders", "--interval", "1s", "--interval", "2s"}, "--interval is given more than once"},
      {{"orders", "-ff"}, "--follow is given more than once"},
      {{"orders", "--lines", "-1"}, "--lines: '-1' is not a whole number from 0 on"},
      {{"orders", "--lines", "99999999999999999999"}, "--lines: '99999999999999999999' is more than 64 bits can count"},
      {{"orders", "--capacity", "%value%"},
       "--capacity: '?value?' is not a size: give a whole number of bytes, or one of K, M, G or T (powers of "
       "1024), "
       "such as 64M"},
      {{"orders", "--interval", "5"},
       "--interval: '5' has no unit: give a whole number of ns, us, ms, s, m, h or d, such as 10ms"},
  };
  for (const Case& wrong : cases) {
    const Ended ended = call_in_child(wrong.words);
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    CHECK(ended.err == "logbuf-example: " + wrong.what + " (try --help)\n");
  }
}

TEST_CASE("an argument too many is named") {
  const Ended ended = in_child([] {
    const ProgramInfo info{
        .name = "logbuf-none", .purpose = "", .usage = {}, .groups = {}, .arguments = {}, .examples = {}, .notes = ""};
    const char* words[] = {"logbuf-none", "or\x1b"};
    return run(2, words, info, [](const auto&) { return ExitCode::ok; });
  });
  CHECK(ended.status == 2);
  CHECK(ended.err == "logbuf-none: 'or\\x1b' is one argument too many (try --help)\n");
}

TEST_CASE("die ends the program with its sentence and code, and runs destructors") {
  struct Says {
    ~Says() { complain("put away"); }
  };
  const Ended ended = call_in_child({"orders"}, []() -> ExitCode {
    const Says says;
    die("ring 'orders': 3 records are lost", ExitCode::lost);
  });
  CHECK(ended.status == 3);
  CHECK(ended.err == "logbuf-example: put away\nlogbuf-example: ring 'orders': 3 records are lost\n");
}

TEST_CASE("an exception that nobody expected is said, and fails the program") {
  CHECK(call_in_child({"orders"}, []() -> ExitCode { throw std::runtime_error("oh"); }).err ==
        "logbuf-example: unexpected: oh\n");
  const Ended ended = call_in_child({"orders"}, []() -> ExitCode { throw std::bad_alloc(); });
  CHECK(ended.err == "logbuf-example: out of memory\n");
  CHECK(ended.status == 1);
}

TEST_CASE("a closed stdout is not given to the next file that is opened") {
  const Ended ended = in_child([] {
    close(STDOUT_FILENO);
    Options options;
    return call({"orders"}, options, [] {
      const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
      return next > STDERR_FILENO && write(STDOUT_FILENO, "x", 1) < 0 ? ExitCode::ok : ExitCode::failed;
    });
  });
  CHECK(ended.status == 0);
}

TEST_CASE("writing to a closed pipe does not kill the program") {
  const Ended ended = call_in_child({"orders"}, [] {
    int ends[2];
    if (pipe(ends) != 0) return ExitCode::failed;
    close(ends[0]);
    return write(ends[1], "x", 1) < 0 ? ExitCode::lost : ExitCode::failed;
  });
  CHECK(ended.status == 3);
}

TEST_CASE("a name for what is not there is wrong usage, and all else is a failure") {
  using logbuf::Errc;
  CHECK(exit_code_for(make_error_code(Errc::no_such_ring)) == ExitCode::usage);
  CHECK(exit_code_for(make_error_code(Errc::invalid_name)) == ExitCode::usage);
  CHECK(exit_code_for(make_error_code(Errc::not_an_archive)) == ExitCode::usage);
  CHECK(exit_code_for(make_error_code(Errc::no_free_slot)) == ExitCode::failed);
  CHECK(exit_code_for(make_error_code(Errc::no_memory)) == ExitCode::failed);
  CHECK(exit_code_for(std::make_error_code(std::errc::no_such_file_or_directory)) == ExitCode::usage);
  CHECK(exit_code_for(std::make_error_code(std::errc::no_space_on_device)) == ExitCode::failed);
}

namespace {

Ended call_command(std::vector<const char*> words) {
  words.insert(words.begin(), "logbuf-many");
  return in_child([&] {
    std::vector<std::string> name;
    const ProgramInfo program{.name = "logbuf-many",
                              .purpose = "has commands",
                              .usage = {"COMMAND"},
                              .groups = {},
                              .arguments = {},
                              .examples = {{"logbuf-many make x", "makes x"}},
                              .notes = ""};
    const Command make{{.name = "logbuf-many make",
                        .purpose = "makes one",
                        .usage = {"NAME"},
                        .groups = {},
                        .arguments = {{"NAME", &name}},
                        .examples = {},
                        .notes = ""},
                       [&](const auto&) { return name.front() == "x" ? ExitCode::lost : ExitCode::failed; }};
    return run_command(static_cast<int>(words.size()), words.data(), program, {make});
  });
}

}  // namespace

TEST_CASE("a command is found by its word and gets what follows it") {
  CHECK(call_command({"make", "x"}).status == 3);
  CHECK(call_command({"make", "--help"})
            .out.starts_with("logbuf-many make: makes one\n\nusage: logbuf-many make NAME\n"));
  CHECK(call_command({"--help"}).out.find("\n  make  makes one\n") != std::string::npos);
  CHECK(call_command({"--version"}).out == "logbuf-many " + std::string(version()) + "\n");
}

TEST_CASE("a command that is missing or unknown is wrong usage") {
  CHECK(call_command({}).err == "logbuf-many: a command is missing (try --help)\n");
  const Ended unknown = call_command({"mak"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err == "logbuf-many: there is no command 'mak'; near it: 'make' (try --help)\n");
  CHECK(call_command({"maek"}).err == "logbuf-many: there is no command 'maek'; near it: 'make' (try --help)\n");
  CHECK(call_command({"brew"}).err == "logbuf-many: there is no command 'brew' (try --help)\n");
  CHECK(call_command({"make"}).err == "logbuf-many: NAME is missing (try --help)\n");
}
