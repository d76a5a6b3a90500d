// What --json names.
#pragma once

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "failure.hpp"

namespace logbuf::bench {

class JsonFile {
 public:
  // Before the long work: a file that cannot be written is better known now. An empty path: no file.
  explicit JsonFile(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    file_.open(path_);
    if (!file_) cli::die("--json " + path_ + ": " + std::strerror(errno), cli::ExitCode::usage);
  }
  // `text`: a function that makes it.
  template <typename Text>
  void write(Text text) {
    if (file_.is_open() && !(file_ << text() << std::flush)) cli::die("--json " + path_ + ": could not be written");
  }

 private:
  std::string path_;
  std::ofstream file_;
};

}  // namespace logbuf::bench
