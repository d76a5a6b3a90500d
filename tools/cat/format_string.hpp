// What --format says: text, and where in it something of the record goes.
#pragma once

#include <boost/any.hpp>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace logbuf::cat {

enum class RecordField { seq, position, time, slot, name, type, length, payload, hex };

struct FormatString {
  std::vector<std::variant<std::string, RecordField>> parts;

  bool has(RecordField field) const;
};

// The error is a sentence: what was wrong, and what there is.
std::expected<FormatString, std::string> parse_format(std::string_view text);

// Boost.Program_options finds this by the namespace of the value in the optional. Ends the program with
// ExitCode::usage where it is none.
void validate(boost::any& out, const std::vector<std::string>& values, std::optional<FormatString>*, int);

}  // namespace logbuf::cat
