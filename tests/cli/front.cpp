// The one command `logbuf`, which runs the others.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "programs.hpp"
#include "run.hpp"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// bin/ has a copy of logbuf, path/ is all of PATH: what is installed on this machine does not matter.
class Place {
 public:
  Place() : dir_(fs::temp_directory_path() / ("logbuf-front-" + std::to_string(getpid()))) {
    fs::create_directories(dir_ / "bin");
    fs::create_directories(dir_ / "path");
    fs::copy_file(LOGBUF_FRONT, dir_ / "bin/logbuf");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { fs::remove_all(dir_); }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  void script(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name) << "#!/bin/sh\n" << text;
    fs::permissions(dir_ / name, fs::perms::owner_all);
  }
  Ended logbuf(const Words& words, std::string_view input = "", const std::string& as = "bin/logbuf") const {
    Words all{"env", "--default-signal=PIPE,XFSZ", "PATH=" + path("path"), path(as)};
    all.insert(all.end(), words.begin(), words.end());
    return run(all, input);
  }

 private:
  fs::path dir_;
};

}  // namespace

TEST_CASE("logbuf alone lists every program that there is, with the purpose that its own --help gives") {
  const Ended ended = run({LOGBUF_FRONT});
  CHECK(ended.status == 0);
  CHECK(ended.err == "");
  std::set<std::string> listed;
  std::istringstream lines(ended.out.substr(ended.out.find("\nCommands")));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    if (contains(line, "not of logbuf itself")) continue;
    std::istringstream words(line);
    std::string word;
    words >> word >> std::ws;
    std::string purpose;
    std::getline(words, purpose);
    listed.insert("logbuf-" + word);
    const auto program = built_programs().find("logbuf-" + word);
    CAPTURE(word);
    REQUIRE(program != built_programs().end());
    CHECK(run({program->second, "--help"}).out.starts_with("logbuf-" + word + ": " + purpose + '\n'));
  }
  auto expected = installed_programs();
  CHECK(expected.erase("logbuf") == 1);
  CHECK(listed == expected);
}

TEST_CASE("the tests know of every program that is installed") {
  std::set<std::string> known;
  for (const auto& [name, file] : built_programs()) known.insert(name);
  CHECK(known == installed_programs());
}

TEST_CASE("a word runs the program of that name with all that follows, and its end is the end") {
  const Place place;
  place.script("bin/logbuf-hello", "printf '%s|' \"$@\"; /bin/cat; exit 7\n");
  const Ended ended = place.logbuf({"hello", "--help", "a b", ""}, "input");
  CHECK(ended.out == "--help|a b||input");
  CHECK(ended.err == "");
  CHECK(ended.status == 7);
}

TEST_CASE("what is run finds its own name before its arguments") {
  const Place place;
  fs::create_symlink("/bin/bash", place.path("bin/logbuf-hello"));
  CHECK(place.logbuf({"hello", "-c", "echo $0"}).out == "logbuf-hello\n");
}

TEST_CASE("what is run finds no signal ignored that was not before") {
  const Place place;
  place.script("bin/logbuf-hello", "/bin/grep SigIgn /proc/self/status\n");
  const Ended alone = run({"env", "--default-signal=PIPE,XFSZ", "grep", "SigIgn", "/proc/self/status"});
  CHECK(place.logbuf({"hello"}).out == alone.out);
}

TEST_CASE("programs beside logbuf come before those in PATH, also where it is called by a link") {
  const Place place;
  place.script("path/logbuf-hello", "echo path\n");
  CHECK(place.logbuf({"hello"}).out == "path\n");
  place.script("bin/logbuf-hello", "echo beside\n");
  CHECK(place.logbuf({"hello"}).out == "beside\n");
  fs::create_symlink(place.path("bin/logbuf"), place.path("path/logbuf"));
  CHECK(place.logbuf({"hello"}, "", "path/logbuf").out == "beside\n");
  fs::remove(place.path("bin/logbuf-hello"));
  std::ofstream(place.path("bin/logbuf-hello")) << "not to be run\n";
  CHECK(place.logbuf({"hello"}).out == "path\n");
}

TEST_CASE("programs that are not of logbuf itself are listed, with where they are") {
  const Place place;
  place.script("path/logbuf-hello", "");
  CHECK(contains(place.logbuf({}).out, "  hello     not of logbuf itself: " + place.path("path/logbuf-hello") + '\n'));
}

TEST_CASE("a word that is no command is exit code 2, and those near it are named") {
  const Place place;
  place.script("path/logbuf-hello", "");
  const auto says = [&](const std::string& word) {
    const Ended ended = place.logbuf({word});
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    return ended.err;
  };
  CHECK(says("hell") == "logbuf: there is no command 'hell'; near it: 'hello', 'help' (logbuf help lists all)\n");
  CHECK(says("wrtie") == "logbuf: there is no command 'wrtie'; near it: 'write' (logbuf help lists all)\n");
  CHECK(says("arch") == "logbuf: there is no command 'arch'; near it: 'archive', 'archiver' (logbuf help lists all)\n");
  CHECK(says("ct") == "logbuf: there is no command 'ct'; near it: 'ctl', 'cat' (logbuf help lists all)\n");
  fs::create_directory(place.path("bin/logbuf-bin"));
  place.script("bin/logbuf-bin/x", "");
  CHECK(says("bin/x") == "logbuf: there is no command 'bin/x' (logbuf help lists all)\n");
  CHECK(says("") == "logbuf: there is no command '' (logbuf help lists all)\n");
  CHECK(says("--hello") == "logbuf: there is no option --hello (try --help)\n");
}

TEST_CASE("a program of this release that is not installed, or cannot be run, is exit code 1") {
  const Place place;
  Ended ended = place.logbuf({"cat"});
  CHECK(ended.status == 1);
  CHECK(ended.err == "logbuf: logbuf-cat is neither beside this program nor in PATH: is it installed?\n");
  place.script("bin/logbuf-cat", "");
  std::ofstream(place.path("bin/logbuf-cat")) << "#!/no/such/interpreter\n";
  ended = place.logbuf({"cat"});
  CHECK(ended.status == 1);
  CHECK(contains(ended.err, "cannot run " + place.path("bin/logbuf-cat")));
}

TEST_CASE("help of a command is its manual page, where there is one, and else its --help") {
  const Place place;
  place.script("bin/logbuf-hello", "echo \"hello $*\"\n");
  place.script("path/man", "[ \"$1\" != -w ] || { echo path; exit 16; }; echo \"man $*\"\n");
  CHECK(place.logbuf({"help", "hello"}).out == "hello --help\n");
  place.script("path/man", "[ \"$1\" != -w ] || { echo path; exit 0; }; echo \"man $*\"\n");
  CHECK(place.logbuf({"help", "hello"}).out == "man logbuf-hello\n");
  CHECK(place.logbuf({"help", "help"}).out == "man logbuf\n");
  const Ended ended = place.logbuf({"help", "nothing"});
  CHECK(ended.status == 2);
  CHECK(ended.out == "");
  CHECK(place.logbuf({"help", "hello", "more"}).status == 2);
}

TEST_CASE("--version, --help and help are answered by logbuf itself") {
  const Place place;
  const std::string list = place.logbuf({}).out;
  CHECK(place.logbuf({"--help"}).out == list);
  CHECK(place.logbuf({"-h"}).out == list);
  CHECK(place.logbuf({"help"}).out == list);
  CHECK(place.logbuf({"--version"}).out.starts_with("logbuf 0."));
  CHECK(place.logbuf({"-V"}).out == place.logbuf({"--version"}).out);
  for (const Words& words :
       {Words{"--version", "cat"}, {"--help", "cat"}, {"-h", "-V"}, {"help", "--help"}, {"help", "cat", "x"}}) {
    const Ended ended = place.logbuf(words);
    CHECK(ended.status == 2);
    CHECK(ended.out == "");
    CHECK(ended.err.find("try --help") != std::string::npos);
  }
}
