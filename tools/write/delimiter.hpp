// What stands between two records of the input, as it is given on the command line.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace logbuf::write {

// Understands \n \r \t \0 \\ and \xNN; every other character is itself. At least one byte. The error is a
// sentence: what was wrong, and what is allowed.
std::expected<std::string, std::string> parse_delimiter(std::string_view text);

}  // namespace logbuf::write
