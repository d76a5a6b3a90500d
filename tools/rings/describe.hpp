// A ring in words for people, and in JSON for programs. The keys are part of the interface.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include "look.hpp"

namespace logbuf::rings {

std::string describe_as_text(const Look& look);

nlohmann::ordered_json describe_as_json(const Look& look);

// As it is printed: indented, with U+FFFD where a name is not UTF-8, and ASCII alone where stdout is a terminal.
std::string print_json(const nlohmann::ordered_json& json);

}  // namespace logbuf::rings
