// docs/tools.md, the manual pages and the scripts. What a new flag, command or program lacks is said in so many words.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "help.hpp"

namespace {

namespace fs = std::filesystem;

const std::string source = LOGBUF_SOURCE;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string spaced(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string spaced(const std::set<std::string>& words) {
  return spaced(Words(words.begin(), words.end()));
}

bool is_of_every_program(const Flag& flag) {
  return flag.names.contains("--help") || flag.names.contains("--version");
}

// A row of docs/tools.md that begins with a flag.
struct Row {
  Flag flag;
  std::string meaning;
  std::string file;  // of the test, from docs/
  std::string test;  // its name
};

// "| `--kind` | `mpsc\|spsc` | | ... |": what is between the bars, without quotes and blanks around it.
Words cells(const std::string& line) {
  Words all{""};
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      all.back() += line[++i];
    } else if (line[i] == '|') {
      all.emplace_back();
    } else {
      all.back() += line[i];
    }
  }
  for (std::string& cell : all) cell = std::regex_replace(cell, std::regex("^ +| +$"), "");
  return all;
}

std::string unquoted(const std::string& cell) {
  return std::regex_replace(cell, std::regex("`"), "");
}

Row row_of(const std::string& line) {
  const Words cell = cells(line);
  REQUIRE_MESSAGE(cell.size() == 6, "docs/tools.md: not five columns: ", line);
  Row row;
  std::istringstream names(unquoted(cell[0]));
  for (std::string name; names >> name;) row.flag.names.insert(name);
  row.flag.argument = unquoted(cell[1]);
  row.flag.standard = unquoted(cell[2]);
  row.meaning = cell[3];
  std::smatch parts;
  static const std::regex test(R"(\[[^\]]+\]\(([^)]+)\): (.*))");
  if (std::regex_match(cell[4], parts, test)) {
    row.file = parts[1];
    row.test = parts[2];
  }
  return row;
}

// By the heading that they are under: "logbuf-ctl create".
const std::map<std::string, std::vector<Row>>& documented() {
  static const auto all = [] {
    std::map<std::string, std::vector<Row>> found;
    std::istringstream in(text_of(source + "/docs/tools.md"));
    std::string heading;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("## ") || line.starts_with("### ")) {
        heading = line.substr(line.find(' ') + 1);
        found[heading];
      }
      if (line.starts_with("| `-")) found[heading].push_back(row_of(line));
    }
    return found;
  }();
  return all;
}

constexpr const char* kOfEveryProgram = "Common to all";

// One line for each thing that is missing.
std::string lacking(const Words& form, const Flag& flag) {
  const std::string what = spaced(form) + ' ' + spaced(flag.names) + ": ";
  const auto rows = documented().find(spaced(form));
  if (rows == documented().end()) return "";  // said once, for the form
  const auto row = std::ranges::find(rows->second, flag.names, [](const Row& each) { return each.flag.names; });
  if (row == rows->second.end()) return what + "has no row under '" + spaced(form) + "' in docs/tools.md\n";
  std::string text;
  if (row->flag.argument != flag.argument)
    text += what + "takes '" + flag.argument + "' by --help, '" + row->flag.argument + "' by docs/tools.md\n";
  if (!flag.standard.empty() && row->flag.standard != flag.standard)
    text += what + "is '" + flag.standard + "' by default, '" + row->flag.standard + "' by docs/tools.md\n";
  if (row->meaning.empty()) text += what + "has no meaning in docs/tools.md\n";
  return text;
}

// What the test case reads: its own lines, and those that are in no test case. Empty: there is no such case.
std::string lines_of_case(const std::string& file, const std::string& name) {
  static const std::regex begins(R"(^TEST_CASE(_FIXTURE)?\()");
  std::istringstream in(text_of(file));
  std::string own;
  std::string shared;
  std::string current;
  bool inside = false;
  const auto end = [&] {
    // A name may be in two pieces, on two lines.
    const std::string whole = std::regex_replace(current, std::regex("\"\n *\""), "");
    if (contains(whole, '"' + name + '"')) own += current;
    current.clear();
    inside = false;
  };
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, begins)) inside = true;
    (inside ? current : shared) += line + '\n';
    if (inside && line == "}") end();
  }
  return own.empty() ? "" : shared + own;
}

bool names_flag(const std::string& text, const Flag& flag) {
  return std::ranges::any_of(flag.names, [&](const std::string& name) {
    return std::regex_search(text, std::regex("(^|[^\\w-])" + name + "(?![\\w-])"));
  });
}

std::string lacking_in_test(const std::string& form, const Row& row) {
  const std::string what = form + ' ' + spaced(row.flag.names) + ": ";
  if (row.test.empty()) return what + "docs/tools.md names no test that runs it: [FILE](../tests/...): NAME\n";
  const std::string file = fs::path(source + "/docs/" + row.file).lexically_normal();
  if (!fs::exists(file)) return what + "there is no " + file + '\n';
  const std::string lines = lines_of_case(file, row.test);
  if (lines.empty()) return what + "there is no test '" + row.test + "' in " + file + '\n';
  return names_flag(lines, row.flag) ? "" : what + "the test '" + row.test + "' does not name it\n";
}

std::string man_page(const std::string& program) {
  return source + "/docs/man/" + program + ".1";
}

// As it is shown, without a line broken.
const Ended& shown(const std::string& program) {
  static std::map<std::string, Ended> all;
  const auto found = all.find(program);
  if (found != all.end()) return found->second;
  return all
      .emplace(program, run({"env", "LC_ALL=C.UTF-8", "MANWIDTH=2000", "MAN_KEEP_FORMATTING=", "man", "--warnings",
                             "-l", man_page(program)}))
      .first->second;
}

// Those for a shell by their first line, and the completion, which bash reads.
Words scripts() {
  Words all{source + "/dev", source + "/.ci/run", source + "/tools/completion/logbuf.bash"};
  for (const char* const part : {"lib", "daemon", "tools", "tests", "bench", "docs"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source + '/' + part)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path());
      std::string first;
      std::getline(in, first);
      if (std::regex_match(first, std::regex("#! ?/(usr/)?bin/(env )?(ba|da)?sh( .*)?"))) all.push_back(entry.path());
    }
  }
  return all;
}

}  // namespace

TEST_CASE("every flag of every --help has its row in docs/tools.md, with its argument and its default") {
  std::string lacks;
  for (const Words& form : forms()) {
    if (!documented().contains(spaced(form))) lacks += spaced(form) + ": docs/tools.md has no heading for it\n";
    for (const Flag& flag : flags_in_help(help_of(form))) {
      lacks += is_of_every_program(flag) ? lacking({kOfEveryProgram}, flag) : lacking(form, flag);
    }
  }
  CHECK(lacks == "");
}

TEST_CASE("docs/tools.md has no flag, command or program that there is not") {
  std::set<std::string> headings{kOfEveryProgram};
  std::string wrong;
  for (const auto& [name, file] : built_programs()) headings.insert(name);
  for (const Words& form : forms()) {
    headings.insert(spaced(form));
    const auto rows = documented().find(spaced(form));
    if (rows == documented().end()) continue;
    const std::set<Flag> flags = flags_in_help(help_of(form));
    std::set<std::set<std::string>> seen;
    for (const Row& row : rows->second) {
      const std::string what = spaced(form) + ' ' + spaced(row.flag.names);
      const auto same = [&](const Flag& flag) { return flag.names == row.flag.names; };
      if (std::ranges::none_of(flags, same)) wrong += what + ": is in docs/tools.md and not in --help\n";
      if (!seen.insert(row.flag.names).second) wrong += what + ": has two rows in docs/tools.md\n";
    }
  }
  for (const auto& [heading, rows] : documented()) {
    if (!headings.contains(heading)) wrong += "docs/tools.md has the heading '" + heading + "', of no program\n";
  }
  CHECK(wrong == "");
}

TEST_CASE("every test that docs/tools.md names for a flag exists and names the flag") {
  std::string lacks;
  std::size_t rows = 0;
  for (const auto& [heading, all] : documented()) {
    for (const Row& row : all) lacks += lacking_in_test(heading, row);
    rows += all.size();
  }
  CHECK(rows > 60);
  CHECK(lacks == "");
}

TEST_CASE("every program and command says what it is and which version") {
  const std::string version = run({built_programs().at("logbuf"), "--version"}).out.substr(sizeof("logbuf"));
  for (const Words& form : forms()) {
    CAPTURE(spaced(form));
    const auto says = [&](const std::string& flag) {
      Words words = form;
      words[0] = built_programs().at(form[0]);
      words.push_back(flag);
      const Ended ended = run(words);
      CHECK(ended.status == 0);
      CHECK(ended.err == "");
      return ended.out;
    };
    CHECK(says("--help").starts_with(spaced(form) + ": "));
    CHECK(says("-h") == says("--help"));
    CHECK(says("--version") == spaced(form) + ' ' + version);
    CHECK(says("-V") == says("--version"));
  }
}

TEST_CASE(
    "every program has a manual page with its commands, its flags, EXIT STATUS and EXAMPLES, rendered without a word") {
  if (!has_program("man")) return;
  std::string lacks;
  for (const auto& [program, file] : built_programs()) {
    if (!fs::exists(man_page(program))) {
      lacks += program + ": there is no docs/man/" + program + ".1\n";
      continue;
    }
    const Ended& page = shown(program);
    if (page.status != 0 || !page.err.empty()) lacks += program + ": man -l --warnings says: " + page.err + '\n';
    for (const std::string section : {"EXIT STATUS", "EXAMPLES"}) {
      if (!contains(page.out, '\n' + section + '\n')) lacks += program + ": its manual page has no " + section + '\n';
    }
    if (!contains(text_of(source + "/meson.build"), "docs/man/" + program + ".1'"))
      lacks += program + ": meson.build does not install its manual page\n";
  }
  for (const Words& form : forms()) {
    if (!fs::exists(man_page(form[0]))) continue;
    const std::string page = shown(form[0]).out;
    if (form.size() > 1 && !contains(page, form[1] + ' ')) lacks += spaced(form) + ": is not in its manual page\n";
    for (const Flag& flag : flags_in_help(help_of(form))) {
      for (const std::string& name : flag.names) {
        if (!is_of_every_program(flag) && !names_flag(page, {.names = {name}}))
          lacks += spaced(form) + ' ' + name + ": is not in the manual page\n";
      }
    }
  }
  CHECK(lacks == "");
}

TEST_CASE("shellcheck finds nothing in the scripts") {
  if (!has_program("shellcheck")) return;
  Words words{"shellcheck"};
  for (const std::string& script : scripts()) words.push_back(script);
  CHECK(words.size() > 6);
  const Ended ended = run(words);
  CHECK(ended.out == "");
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
}
