#include "config_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include "near_words.hpp"
#include "program.hpp"
#include "text.hpp"

namespace logbuf::cli {
namespace {

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

}  // namespace

bool is_quoted(std::string_view value) {
  return value.size() > 1 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
}

ConfigFile read_config_file(const std::string& file, const po::options_description& keys) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  const auto unreadable = [&] { wrong(file, "cannot be read: " + std::generic_category().message(errno)); };
  if (!stream) unreadable();
  ConfigFile all{po::parsed_options(&keys), {}};
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    const std::string where = file + ", line " + std::to_string(number);
    try {
      const auto parsed = parse_line(line, keys);
      // Boost takes [NAME] for the beginning of a section.
      if (parsed.options.empty() && !is_blank(line)) wrong(where, "there are no sections: give KEY = VALUE");
      for (const auto& option : parsed.options) {
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
  if (stream.bad()) unreadable();
  return all;
}

}  // namespace logbuf::cli
