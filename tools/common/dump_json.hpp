// JSON as it is printed. For programs that link nlohmann_json.
#pragma once

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

namespace logbuf::cli {

inline bool stdout_is_terminal() {
  static const bool is = ::isatty(STDOUT_FILENO) == 1;
  return is;
}

// In one line, or indented. U+FFFD stands where a name is not UTF-8, and for a terminal, which may obey what is not
// ASCII in a name, all is ASCII.
template <typename Json>
std::string dump_json(const Json& json, int indent = -1, bool for_terminal = stdout_is_terminal()) {
  return json.dump(indent, ' ', for_terminal, Json::error_handler_t::replace);
}

}  // namespace logbuf::cli
