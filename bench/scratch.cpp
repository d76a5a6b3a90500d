#include "scratch.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "failure.hpp"

namespace logbuf::bench {

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& parent, const std::string& name) {
  std::string path = (parent / (name + ".XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) cli::die(path + ": " + std::strerror(errno));
  path_ = path;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code none;
  std::filesystem::remove_all(path_, none);
}

Log::Log(const std::filesystem::path& file)
    : path_(file), descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (descriptor_ == -1) cli::die(path_.string() + ": " + std::strerror(errno));
}

Log::~Log() {
  ::close(descriptor_);
}

std::string Log::last_lines() const {
  std::vector<std::string> lines;
  std::ifstream in(path_);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string text;
  for (std::size_t i = lines.size() < 8 ? 0 : lines.size() - 8; i < lines.size(); ++i) text += "\n  " + lines[i];
  return text;
}

}  // namespace logbuf::bench
