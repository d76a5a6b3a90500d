// Options from a file: a line "KEY = VALUE" for each, # begins a comment.
#pragma once

#include <boost/program_options.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace logbuf::cli {

namespace po = boost::program_options;

// A value in the file.
struct ConfigLine {
  std::string key;
  std::string value;
  std::size_t number;  // from 1 on
};

struct ConfigFile {
  po::parsed_options options;  // to be stored
  std::vector<ConfigLine> lines;
};

// What the file says; `keys` are its keys, and have to live as long. Throws Stop (exit code 2) with the file's name,
// and the line where there is one: for a file that cannot be read, a line that is none, an unknown key, a bad value,
// one in quotes, a key given twice that is not to be repeated.
ConfigFile read_config_file(const std::string& file, const po::options_description& keys);

// Has it quotes of one kind at both ends? No value may: they would be part of it.
bool is_quoted(std::string_view value);

}  // namespace logbuf::cli
