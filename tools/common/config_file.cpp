#include "config_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <string_view>
#include <system_error>

#include "near_words.hpp"
#include "program.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

struct FileCloser {
  int fd;
  ~FileCloser() { ::close(fd); }
};

bool is_blank(std::string_view line) {
  line = line.substr(0, line.find('#'));
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// One line, so that whatever is wrong with it can be said with its number: Boost does not count them.
po::parsed_options parse_line(const std::string& line, const po::options_description& keys) {
  std::istringstream stream(line);
  auto parsed = po::parse_config_file(stream, keys);
  po::variables_map values;
  po::store(parsed, values);
  return parsed;
}

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
  die(where + ": " + what, ExitCode::usage);
}

// Nothing here may wait: who reads its configuration again has other work.
std::string contents(const std::string& file) {
  constexpr off_t most_bytes = off_t{1} << 20;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto unreadable = [&] { wrong(file, "cannot be read: " + std::generic_category().message(errno)); };
  if (fd < 0) unreadable();
  const FileCloser closer{fd};
  struct stat about{};
  if (::fstat(fd, &about) != 0) unreadable();
  if (!S_ISREG(about.st_mode)) wrong(file, "is no regular file");
  if (about.st_size > most_bytes) wrong(file, "has more than 1M: that is no configuration file");
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(fd, text.data() + have, text.size() - have);
    if (got < 0 && errno != EINTR) unreadable();
    if (got == 0) break;
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

}  // namespace

bool is_quoted(std::string_view value) {
  return value.size() > 1 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
}

ConfigFile read_config_file(const std::string& file, const po::options_description& keys) {
  std::istringstream stream(contents(file));
  ConfigFile all{po::parsed_options(&keys), {}};
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    const std::string where = file + ", line " + std::to_string(number);
    try {
      const auto parsed = parse_line(line, keys);
      // Boost takes [NAME] for the beginning of a section.
      if (parsed.options.empty() && !is_blank(line)) wrong(where, "there are no sections: give KEY = VALUE");
      for (const auto& option : parsed.options) {
        if (std::ranges::all_of(option.value, &std::string::empty)) wrong(where, option.string_key + " has no value");
        if (const auto quoted = std::ranges::find_if(option.value, is_quoted); quoted != option.value.end())
          wrong(where,
                option.string_key + ": the quotes around " + escape(*quoted) + " would be part of it: leave them out");
      }
      for (const auto& option : parsed.options) {
        all.options.options.push_back(option);
        for (const std::string& value : option.value) all.lines.push_back({option.string_key, value, number});
      }
      // A key that is given twice is wrong where it is given for the second time.
      po::variables_map values;
      po::store(all.options, values);
    } catch (const po::unknown_option& error) {
      wrong(where, "there is no key '" + escape(error.get_option_name()) + "'" +
                       near_it(error.get_option_name(), names_of(keys)));
    } catch (const po::invalid_config_file_syntax&) {
      wrong(where, "'" + escape(line) + "' is neither KEY = VALUE nor a comment");
    } catch (const po::error& error) {
      wrong(where, describe(error));
    }
  }
  return all;
}

}  // namespace logbuf::cli
