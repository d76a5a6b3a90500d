#include "login.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

#include "text.hpp"

namespace logbuf::ctl {
namespace {

namespace fs = std::filesystem;

struct Setting {
  bool remove_ipc = true;  // as systemd has it where nobody says anything
  std::string file;        // who said it
};

std::string trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

std::optional<bool> truth_of(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto* yes : {"1", "yes", "y", "true", "t", "on"}) {
    if (word == yes) return true;
  }
  for (const auto* no : {"0", "no", "n", "false", "f", "off"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

void read_settings(const std::string& file, Setting& setting) {
  std::ifstream in(file);
  std::string section;
  for (std::string line; std::getline(in, line);) {
    line = trimmed(line);
    if (line.starts_with('[')) section = line;
    const auto equals = line.find('=');
    if (section != "[Login]" || equals == std::string::npos || trimmed(line.substr(0, equals)) != "RemoveIPC") continue;
    const std::string value = trimmed(line.substr(equals + 1));
    const auto said = value.empty() ? true : truth_of(value);  // an empty one takes back what was said
    if (said) setting = {*said, file};                         // systemd passes over what it does not understand
  }
}

// One logind.conf, the first that there is; then the drop-ins in the order of their names, of which those in an earlier
// directory hide those of the same name in a later.
Setting read_logind(const std::vector<std::string>& directories) {
  Setting setting;
  std::error_code ignored;
  const auto main_file = std::ranges::find_if(
      directories, [&](const std::string& directory) { return fs::exists(directory + "/logind.conf", ignored); });
  if (main_file != directories.end()) read_settings(*main_file + "/logind.conf", setting);
  std::map<std::string, std::string> drop_ins;
  for (const std::string& directory : directories) {
    std::error_code error;
    fs::directory_iterator entry(directory + "/logind.conf.d", error);
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      if (path.extension() == ".conf") drop_ins.emplace(path.filename().string(), path.string());
    }
  }
  for (const auto& [name, path] : drop_ins) read_settings(path, setting);
  return setting;
}

}  // namespace

Finding check_remove_ipc(const Machine& machine) {
  constexpr uid_t last_system_user = 999;
  std::error_code ignored;
  if (!fs::exists(machine.systemd, ignored))
    return {"remove_ipc", Grade::ok, "systemd does not run here: nobody removes the rings of users who log out", ""};
  const Setting setting = read_logind(machine.logind);
  const std::string where = setting.file.empty() ? "as systemd has it by itself" : cli::escape(setting.file);
  if (!setting.remove_ipc)
    return {"remove_ipc", Grade::ok, "RemoveIPC=no (" + where + "): rings outlive the sessions of those who made them",
            ""};
  std::string users;
  for (const uid_t user : machine.users) {
    if (user > last_system_user) users += (users.empty() ? "" : ", ") + std::to_string(user);
  }
  const std::string found = "RemoveIPC=yes (" + where + "): ";
  if (users.empty()) {
    return {
        "remove_ipc", Grade::ok,
        found + "rings of ordinary users go when they log out; those of system users (uid up to 999), as here, stay",
        ""};
  }
  return {"remove_ipc", Grade::warning,
          found + "the rings of an ordinary user go when their last session ends (here uid " + users +
              "); those of system users (uid up to 999) stay",
          "make rings as a system user, as whom the archiver runs (User= in its unit), or say RemoveIPC=no in "
          "/etc/systemd/logind.conf.d/logbuf.conf, below [Login]"};
}

}  // namespace logbuf::ctl
