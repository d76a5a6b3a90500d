// A look for what is no screen: a table, or a line of JSON.
#pragma once

#include <string>

#include "model.hpp"

namespace logbuf::stat {

// A heading and a line for each ring that is there.
std::string table_text(const Model& model, Charset charset);

// One object, one line: {"time":…,"rings":[…]}.
std::string json_line(const Model& model);

}  // namespace logbuf::stat
