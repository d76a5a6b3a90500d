// A ring in words for people, and in JSON for programs. The keys are part of the interface.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

#include "watch.hpp"

namespace logbuf::rings {

std::string describe_as_text(const Look& look);

nlohmann::ordered_json describe_as_json(const Look& look);

// A number of a rate or a lag as it is to be shown.
using Figure = double(double);

// Into what describe_as_json() gave of the same ring: "rates", and those of each of its producers; null where there are
// none yet.
void add_rates(nlohmann::ordered_json& json, const Watched& ring, Figure* figure);
// null where there is none.
nlohmann::ordered_json lag_as_json(const std::optional<Lag>& lag, Figure* figure);

// As it is printed: indented, with U+FFFD where a name is not UTF-8, and ASCII alone where stdout is a terminal.
std::string print_json(const nlohmann::ordered_json& json);

}  // namespace logbuf::rings
