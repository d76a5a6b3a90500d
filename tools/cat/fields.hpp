// Named values, printed as "name: value" lines or as one JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "output.hpp"

namespace logbuf::cat {

class Fields {
 public:
  // A number is a number in JSON, too; everything else is a string.
  void add(const std::string& name, std::uint64_t value) { fields_.emplace_back(name, value); }
  void add(const std::string& name, const std::string& value) { fields_.emplace_back(name, value); }
  void print(cli::Output& out, bool json) const;

 private:
  std::vector<std::pair<std::string, std::variant<std::uint64_t, std::string>>> fields_;
};

}  // namespace logbuf::cat
