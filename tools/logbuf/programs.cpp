#include "programs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <system_error>

#include "text.hpp"

namespace logbuf::front {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "logbuf-";

bool can_be_run(const std::string& file) {
  struct stat status{};
  return stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(file.c_str(), X_OK) == 0;
}

}  // namespace

const std::vector<Entry>& own_programs() {
  static const std::vector<Entry> all = {
      {"archive", "looks after archives"},
      {"archiver", "drains rings to disk: each committed record once, whoever dies"},
      {"cat", "shows the records of rings (taking nothing from them) and archives"},
      {"ctl", "makes and looks after rings"},
      {"replay", "puts an archive's records back into a ring, as they came or faster"},
      {"stat", "shows how rings do: fill, rates, lag, producers, loss"},
      {"write", "writes bytes into a ring, one record per line of stdin or of FILEs"},
  };
  return all;
}

std::vector<std::string> search_path(const char* called_as) {
  std::vector<std::string> directories;
  const auto add = [&](const std::string& directory) {
    if (std::ranges::find(directories, directory) == directories.end()) directories.push_back(directory);
  };
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) add(self.parent_path().string());
  const std::string_view name = called_as == nullptr ? "" : called_as;
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
    add(std::string(name.substr(0, std::max<std::size_t>(slash, 1))));
  const char* const path = std::getenv("PATH");
  std::istringstream in(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  for (std::string directory; std::getline(in, directory, ':');) add(directory.empty() ? "." : directory);
  return directories;
}

std::string find_program(std::string_view word, const std::vector<std::string>& directories) {
  // A word with a slash would be a path.
  if (word.empty() || word.find('/') != std::string_view::npos) return "";
  for (const std::string& directory : directories) {
    std::string file = directory + '/' + std::string(kPrefix) + std::string(word);
    if (can_be_run(file)) return file;
  }
  return "";
}

std::vector<Entry> other_programs(const std::vector<std::string>& directories) {
  std::map<std::string, std::string> others;
  for (const std::string& directory : directories) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
      const std::string path = entry->path().string();
      const std::string name = entry->path().filename().string();
      if (!name.starts_with(kPrefix) || name.size() == kPrefix.size() || !can_be_run(path)) continue;
      std::string word = name.substr(kPrefix.size());
      if (std::ranges::find(own_programs(), word, &Entry::word) != own_programs().end()) continue;
      others.emplace(cli::escape(word), "not of logbuf itself: " + cli::escape(path));
    }
  }
  std::vector<Entry> found;
  for (const auto& [word, purpose] : others) found.push_back({word, purpose});
  return found;
}

}  // namespace logbuf::front
