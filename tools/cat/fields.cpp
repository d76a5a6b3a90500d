#include "fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dump_json.hpp"
#include "text.hpp"

namespace logbuf::cat {
namespace {

// "payload bytes" is "payload_bytes" in JSON.
std::string member_name(std::string name) {
  std::erase(name, ',');
  std::ranges::replace(name, ' ', '_');
  return name;
}

}  // namespace

void Fields::print(cli::Output& out, bool json) const {
  if (!json) {
    for (const auto& [name, value] : fields_) {
      const auto* const number = std::get_if<std::uint64_t>(&value);
      out.put(name + ": " + (number ? std::to_string(*number) : cli::escape(std::get<std::string>(value))) + '\n');
    }
    return;
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : fields_) {
    std::visit([&](const auto& v) { object[member_name(name)] = v; }, value);
  }
  out.put(cli::dump_json(object) + '\n');
}

}  // namespace logbuf::cat
