// A uuid as people write it: 8-4-4-4-12 hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <logbuf/archive.hpp>

namespace logbuf::archive {

std::string uuid_text(const Uuid& uuid);
// Nothing where `text` is none, to its last character.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace logbuf::archive
