// What a run has done so far, for people.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "children.hpp"

namespace logbuf::soak {

struct Tally {
  std::array<std::uint64_t, kRoles> started{};
  std::array<std::uint64_t, kRoles> killed{};
  std::array<std::uint64_t, kRoles> stopped{};
  std::uint64_t killed_themselves = 0;  // of the producers killed
  std::uint64_t second_archivers_refused = 0;
  std::uint64_t forked_ends_refused = 0;
  std::uint64_t authors = 0;  // threads of producers that had a slot
  std::uint64_t records = 0;  // archived
  std::uint64_t bytes = 0;    // of their payload
  std::uint64_t refused = 0;  // records, by full rings
  std::uint64_t aborted = 0;  // claims
  std::uint64_t holes = 0;
  std::uint64_t in_flight = 0;  // claims noted as about to be committed by those killed; and of these,
  std::uint64_t in_flight_committed = 0;
  std::uint64_t unnamed = 0;           // records of which the archive does not say the producer's name
  std::uint64_t misnamed = 0;          // or says another's
  std::uint64_t refused_misnamed = 0;  // records that the archive tells as refused of another
  std::uint64_t epochs = 0;

  std::uint64_t kills() const { return killed[0] + killed[1] + killed[2]; }
};

std::string as_line(const Tally& tally);
std::string as_table(const Tally& tally, std::chrono::nanoseconds time);

}  // namespace logbuf::soak
