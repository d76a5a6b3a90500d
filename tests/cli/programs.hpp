// All programs, for tests that are about each of them.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

// Name and file of those that the tests were told of.
inline const std::map<std::string, std::string>& built_programs() {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> found;
    std::istringstream in(LOGBUF_PROGRAMS);
    for (std::string file; std::getline(in, file, ':');)
      found.emplace(std::filesystem::path(file).filename().string(), file);
    return found;
  }();
  return all;
}

// The names that the sources tell meson to install.
inline std::set<std::string> installed_programs() {
  std::set<std::string> names;
  const std::regex executable(R"(executable\('(logbuf[a-z-]*)'[^)]*install: true)");
  for (const char* const part : {"tools", "daemon"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(LOGBUF_SOURCE) / part)) {
      if (entry.path().filename() != "meson.build") continue;
      std::ifstream in(entry.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      for (std::sregex_iterator at(text.begin(), text.end(), executable), end; at != end; ++at) names.insert((*at)[1]);
    }
  }
  return names;
}
