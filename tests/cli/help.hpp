// What the programs' --help lists: commands and flags.
#pragma once

#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "programs.hpp"
#include "run.hpp"

using Words = std::vector<std::string>;

inline std::string help_of(const Words& form) {
  Words words = form;
  words[0] = built_programs().at(form[0]);
  words.push_back("--help");
  const Ended ended = run(words);
  CHECK(ended.status == 0);
  return ended.out;
}

// The commands that --help lists; none, if it lists flags.
inline Words commands_in(const std::string& help) {
  Words commands;
  std::istringstream in(help);
  bool listed = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) listed = false;
    if (listed && !contains(line, "not of logbuf itself")) commands.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.starts_with("Commands (")) listed = true;
  }
  return commands;
}

// Each way to call a program: {logbuf-cat}, {logbuf-ctl, create}...
inline const std::vector<Words>& forms() {
  static const std::vector<Words> all = [] {
    std::vector<Words> found;
    for (const auto& [name, file] : built_programs()) {
      if (name == "logbuf") continue;
      const Words commands = commands_in(help_of({name}));
      if (commands.empty()) found.push_back({name});
      for (const std::string& command : commands) found.push_back({name, command});
    }
    return found;
  }();
  return all;
}

struct Flag {
  std::set<std::string> names = {};  // "-c", "--capacity"
  bool takes_a_value = false;
  std::string argument = {};  // "SIZE"
  std::string standard = {};  // "64M", where --help shows it
  bool operator<(const Flag& other) const { return names < other.names; }
  bool operator==(const Flag& other) const { return names == other.names && takes_a_value == other.takes_a_value; }
};

// "  -c [ --capacity ] SIZE (=64M) how much", "  --kind mpsc|spsc      for many", "  --json    one JSON object"
inline std::set<Flag> flags_in_help(const std::string& help) {
  static const std::regex line_of_flag(
      R"(^  (?:(-\w) \[ (--[\w-]+) \]|(--[\w-]+))( ([A-Z][A-Z.|]*|[a-z]+(?:\|[a-z]+)+)(?: |$))?(?:\(=([^)]*)\))?.*)");
  std::set<Flag> flags;
  std::istringstream in(help);
  for (std::string line; std::getline(in, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, line_of_flag)) continue;
    Flag flag;
    for (const std::size_t i : {1U, 2U, 3U}) {
      if (parts[i].matched) flag.names.insert(parts[i]);
    }
    flag.takes_a_value = parts[4].matched;
    flag.argument = parts[5];
    flag.standard = parts[6];
    flags.insert(flag);
  }
  return flags;
}
