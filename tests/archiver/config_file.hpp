// A configuration file in a directory of its own.
#pragma once

#include <fstream>
#include <string>

#include "archiver.hpp"

namespace test {

struct ConfigFile {
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "archiver.conf";

  explicit ConfigFile(const std::string& text) { write(text); }
  void write(const std::string& text) const { std::ofstream(path) << text; }
  // logbuf-archiver --config FILE ARGUMENT...
  Program archiver(Lines arguments = {}, const std::function<void()>& prepare = {}) const {
    arguments.insert(arguments.begin(), {"--config", path.string()});
    return test::archiver(arguments, prepare);
  }
};

}  // namespace test
