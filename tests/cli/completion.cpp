// Completion in shells: what it offers is what the programs know.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "help.hpp"
#include "programs.hpp"
#include "ring.hpp"
#include "run.hpp"

// What the shell offers and what it should, word by word.
template <>
struct doctest::StringMaker<std::set<std::string>> {
  static doctest::String convert(const std::set<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += "'" + word + "' ";
    return text.c_str();
  }
};

namespace {

namespace fs = std::filesystem;
using Set = std::set<std::string>;

const std::string bash_file = LOGBUF_SOURCE "/tools/completion/logbuf.bash";
const std::string zsh_file = LOGBUF_SOURCE "/tools/completion/_logbuf";

Set lines_of(const std::string& text) {
  Set all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) all.insert(line);
  }
  return all;
}

// What bash offers for the last of the words, as readline has them (--kind=x is three). Like readline, asks bash which
// function that is. Programs are found where they were built, and files in `directory`.
Set offered(const Words& words, const std::string& directory = ".") {
  static const std::string path = [] {
    std::string all;
    for (const auto& [name, file] : built_programs()) all += fs::path(file).parent_path().string() + ':';
    return all + "/usr/bin:/bin";
  }();
  Words all{"env",
            "PATH=" + path,
            "bash",
            "--norc",
            "-c",
            "cd \"$1\" && source \"$2\" && shift 2 && spec=$(complete -p \"$1\") && [[ $spec =~ -F\\ ([^ ]+) ]] && "
            "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) && \"${BASH_REMATCH[1]}\" \"$1\" && "
            "printf '%s\\n' \"${COMPREPLY[@]}\"",
            "bash",
            directory,
            bash_file};
  all.insert(all.end(), words.begin(), words.end());
  const Ended ended = run(all);
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  return lines_of(ended.out);
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string text_of(const std::set<Flag>& flags) {
  std::string text;
  for (const Flag& flag : flags) {
    for (const std::string& name : flag.names) text += name + ' ';
    text += flag.takes_a_value ? "VALUE\n" : "\n";
  }
  return text;
}

// The function of this name in the file for zsh; where it only calls another, that one.
std::string zsh_function(const std::string& name) {
  std::ifstream in(zsh_file);
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "}") inside = false;
    if (inside) text += line + '\n';
    if (line == name + "() {") inside = true;
  }
  std::smatch other;
  static const std::regex call(R"(^  (_logbuf-[\w-]+)\n$)");
  return std::regex_match(text, other, call) ? zsh_function(other[1]) : text;
}

// A line is a flag: '(-c --capacity)'{-c+,--capacity=}'[how much it holds]:size:' and '--json[one JSON object]'.
std::set<Flag> flags_in_zsh(const std::string& function) {
  static const std::regex name(R"((?:^|[{,'*])(--?\w[\w-]*))");
  static const std::regex excluded(R"('\([^)]*\)')");
  std::set<Flag> flags;
  std::istringstream in(function);
  for (std::string line; std::getline(in, line);) {
    if (line.find('[') == std::string::npos || line.find(']') == std::string::npos) continue;
    Flag flag;
    const std::string head = std::regex_replace(line.substr(0, line.find('[')), excluded, "");
    for (std::sregex_iterator at(head.begin(), head.end(), name), end; at != end; ++at) flag.names.insert((*at)[1]);
    // Without the = zsh does not complete --capacity=.
    flag.takes_a_value = contains(line, "]:") && (contains(line, "=[") || contains(line, "=}"));
    if (!flag.names.empty()) flags.insert(flag);
  }
  return flags;
}

// The values that a flag may have, where the function lists them: '--kind=[which]:kind:(mpsc spsc)'
Set values_in_zsh(const std::string& function, const std::string& flag) {
  std::smatch parts;
  const std::regex line_of_flag("[,']" + flag + R"([+=]*[[,}][^\n]*:\(([^)]*)\)')");
  if (!std::regex_search(function, parts, line_of_flag)) return {};
  std::istringstream in(parts[1]);
  return {std::istream_iterator<std::string>(in), {}};
}

// "interval=1s" and "interval=DURATION" are both "interval=".
std::string up_to_equals(const std::string& word) {
  return word.substr(0, word.find('=') + (contains(word, "=") ? 1 : 0));
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "-") + word;
  return text;
}

// A directory with one directory and one file in it.
class Directory {
 public:
  Directory() {
    REQUIRE(mkdtemp(path_.data()) != nullptr);
    fs::create_directory(path_ + "/some archive");
    std::ofstream(path_ + "/some file") << "x";
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = fs::temp_directory_path() / "logbuf-completion-XXXXXX";
};

}  // namespace

TEST_CASE("in bash the flags of each program and command are those of its --help") {
  for (const Words& form : forms()) {
    CAPTURE(joined(form));
    Set expected;
    for (const Flag& flag : flags_in_help(help_of(form))) expected.insert(flag.names.begin(), flag.names.end());
    CHECK(expected.contains("--help"));
    CHECK(offered(with(form, {"-"})) == expected);
  }
}

TEST_CASE("in bash a flag that takes a value, by its --help, is followed by no flag, and every other flag is") {
  for (const Words& form : forms()) {
    for (const Flag& flag : flags_in_help(help_of(form))) {
      for (const std::string& name : flag.names) {
        CAPTURE(joined(form));
        CAPTURE(name);
        CHECK(offered(with(form, {name, "--h"})).contains("--help") != flag.takes_a_value);
      }
    }
  }
}

TEST_CASE("in zsh the flags of each program and command, and which of them take a value, are those of its --help") {
  for (const Words& form : forms()) {
    CAPTURE(joined(form));
    CHECK(text_of(flags_in_zsh(zsh_function('_' + joined(form)))) == text_of(flags_in_help(help_of(form))));
  }
}

TEST_CASE("commands are those that --help lists") {
  for (const std::string program : {"logbuf", "logbuf-archive", "logbuf-ctl"}) {
    CAPTURE(program);
    Words commands = commands_in(help_of({program}));
    if (program == "logbuf") commands.push_back("help");
    CHECK(commands.size() > 1);
    CHECK(offered({program, ""}) == Set(commands.begin(), commands.end()));
    const std::string function = zsh_function(program == "logbuf" ? "_logbuf" : '_' + program);
    for (const std::string& command : commands) CHECK(contains(function, "    '" + command + ':'));
    CHECK(std::ranges::count(function, '\n') >= std::ssize(commands));
  }
  for (const std::string& command : commands_in(help_of({"logbuf"}))) {
    CHECK(offered({"logbuf", "help", command}).contains(command));
    CHECK(contains(zsh_function("_logbuf-help"), command));
  }
  CHECK(offered({"logbuf", "--"}) == Set{"--help", "--version"});
}

TEST_CASE("both shells complete every program") {
  std::ifstream in(zsh_file);
  std::string first;
  std::getline(in, first);
  std::istringstream words(first);
  Set completed{std::istream_iterator<std::string>(words), {}};
  CHECK(completed.erase("#compdef") == 1);
  std::ifstream meson(LOGBUF_SOURCE "/tools/completion/meson.build");
  const std::string installed{std::istreambuf_iterator<char>(meson), {}};
  Set programs;
  for (const auto& [name, file] : built_programs()) {
    programs.insert(name);
    CHECK(contains(installed, '\'' + name + '\''));
    CHECK(offered({name, "--h"}).contains("--help"));
  }
  CHECK(completed == programs);
}

TEST_CASE("behind logbuf and a command all is as behind the program itself") {
  for (const Words& form : forms()) {
    CAPTURE(joined(form));
    Words by_front = form;
    by_front[0] = form[0].substr(sizeof("logbuf-") - 1);
    by_front.insert(by_front.begin(), "logbuf");
    CHECK(offered(with(by_front, {"-"})) == offered(with(form, {"-"})));
  }
}

TEST_CASE("the values of a flag are those that the program allows, also where = comes before them") {
  using Refused = std::pair<Words, std::string>;  // the flag, and how the program begins to name what it allows
  for (const auto& [words, says] :
       std::vector<Refused>{{{"logbuf-cat", "x", "--output"}, "'?' is none of "},
                            {{"logbuf-cat", "x", "--time"}, "'?' is none of "},
                            {{"logbuf-cat", "x", "--color"}, "'?' is none of "},
                            {{"logbuf-archive", "export", "x", "--output"}, "'?' is none of "},
                            {{"logbuf-ctl", "create", "x", "--kind"}, "give "},
                            {{"logbuf-write", "x", "--create", "--kind"}, "give "},
                            {{"logbuf-replay", "x", "x", "--create", "--kind"}, "give "},
                            {{"logbuf-replay", "x", "x", "--on-full"}, "is neither "},
                            {{"logbuf-write", "x", "--on-full"}, "is neither "},
                            {{"logbuf-archiver", "--sync"}, "give "},
                            {{"logbuf-archiver", "--compress"}, "give "}}) {
    CAPTURE(joined(words));
    Words refused = with(words, {"?"});
    refused[0] = built_programs().at(words[0]);
    if (words[0] == "logbuf-archiver") refused = with(refused, {"--ring", "x", "--dir", "x"});
    std::string err = run(refused).err;
    REQUIRE(contains(err, says));
    err = err.substr(err.find(says) + says.size());
    err = std::regex_replace(err, std::regex(R"(\([^)]*\)|\n)"), "");
    err = std::regex_replace(err, std::regex(R"( or | nor |,)"), " ");
    Set allowed;
    std::istringstream in(err);
    // interval=DURATION goes on where it is completed, and zstd:LEVEL is zstd already.
    for (std::string word; in >> word;) {
      if (!word.starts_with("zstd:")) allowed.insert(up_to_equals(word));
    }
    CHECK(offered(with(words, {""})) == allowed);
    const bool has_commands = words[0] == "logbuf-ctl" || words[0] == "logbuf-archive";
    Set in_zsh;
    for (const auto& word :
         values_in_zsh(zsh_function('_' + words[0] + (has_commands ? '-' + words[1] : "")), words.back())) {
      in_zsh.insert(up_to_equals(word));
    }
    CHECK(in_zsh == allowed);
    if (words.back().starts_with("--")) CHECK(offered(with(words, {"=", ""})) == allowed);
  }
  CHECK(offered({"logbuf-cat", "--output", "="}).contains("raw"));
  CHECK(offered({"logbuf-cat", "--output", "=", "r"}) == Set{"raw"});
}

TEST_CASE("names of rings are offered where a ring is meant, and nowhere else") {
  const RingName ring;
  make_ring(ring);
  const std::string begun = ring.str().substr(0, ring.str().size() - 1);
  for (const Words& words : std::vector<Words>{{"logbuf-ctl", "inspect"},
                                               {"logbuf-ctl", "close"},
                                               {"logbuf-ctl", "rm", "--force"},
                                               {"logbuf", "ctl", "rm"},
                                               {"logbuf-cat", "-f"},
                                               {"logbuf-cat", "-n", "5", "other"},
                                               {"logbuf-replay", "--speed", "max", "other"},
                                               {"logbuf-write"},
                                               {"logbuf-stat", "--json", "other"},
                                               {"logbuf-archiver", "--dir", "x", "--ring"},
                                               {"logbuf-archiver", "-r"}}) {
    CAPTURE(joined(words));
    CHECK(offered(with(words, {begun})).contains(ring.str()));
  }
  for (const Words& words : std::vector<Words>{{"logbuf-ctl", "create"},
                                               {"logbuf-ctl", "inspect", "other"},
                                               {"logbuf-ctl", "gc"},
                                               {"logbuf-cat", "-n"},
                                               {"logbuf-replay"},
                                               {"logbuf-write", "other"},
                                               {"logbuf-archiver", "--dir"},
                                               {"logbuf-archive", "info"}}) {
    CAPTURE(joined(words));
    CHECK_FALSE(offered(with(words, {begun})).contains(ring.str()));
  }
}

TEST_CASE("directories and files are offered where they are meant, blanks in their names or not") {
  const Directory directory;
  const auto in_it = [&](const Words& words) { return offered(with(words, {"some"}), directory.path()); };
  CHECK(in_it({"logbuf-archiver", "--dir"}) == Set{"some archive"});
  CHECK(in_it({"logbuf-archive", "recover", "--to"}) == Set{"some archive"});
  CHECK(in_it({"logbuf-archive", "info"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-cat"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-cat", "-n", "5", "--", "x"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-replay"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-write", "ring"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-write", "ring", "one", "two"}) == Set{"some archive", "some file"});
  CHECK(in_it({"logbuf-write"}).empty());
  CHECK(in_it({"logbuf-cat", "-n"}).empty());
}

TEST_CASE("bash can read its file") {
  CHECK(run({"bash", "-n", bash_file}).status == 0);
}
