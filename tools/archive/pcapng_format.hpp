// Records as packets, for what reads captures. https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
#pragma once

#include <cstdint>
#include <memory>

#include "format.hpp"

namespace logbuf::archive_tool {

// One section with one interface of this link type; its times are in nanoseconds. Each record is a packet of its own
// time, or of that at which it came into the archive (before 1970: of 1970). A gap is told on stderr.
std::unique_ptr<cat::Format> make_pcapng_format(cli::Output& out, std::uint16_t link_type);

}  // namespace logbuf::archive_tool
