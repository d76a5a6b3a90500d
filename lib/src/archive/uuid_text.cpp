#include "archive/uuid_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace logbuf::archive {

std::string uuid_text(const Uuid& uuid) {
  boost::uuids::uuid value{};
  std::ranges::transform(uuid, value.begin(), [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return boost::uuids::to_string(value);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  try {
    const boost::uuids::uuid value = boost::uuids::string_generator()(text.begin(), text.end());
    Uuid uuid{};
    std::ranges::transform(value, uuid.begin(), [](std::uint8_t b) { return std::byte{b}; });
    // It takes other forms, too.
    return uuid_text(uuid) == text ? std::optional(uuid) : std::nullopt;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace logbuf::archive
