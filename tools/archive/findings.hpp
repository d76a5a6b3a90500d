// What the library finds in an archive, in words and in JSON.
#pragma once

#include <cstdint>
#include <logbuf/archive.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace logbuf::archive_tool {

// One line without its end: "damaged: lost 3 records, seqs 5 to 7, positions 96 to 168: WHY; 152 bytes from FILE,
// offset 4224".
std::string finding_line(const archive::Finding& finding);
nlohmann::ordered_json to_json(const archive::Finding& finding);

// "DIR: lost 3 records and an unknown number more"
std::string lost_sentence(const std::string& target, std::uint64_t lost, bool unknown_losses);
// "DIR: lost 3 records, 152 bytes damaged": for the end.
std::string sentence(const std::string& target, const archive::Verification& seen);

}  // namespace logbuf::archive_tool
