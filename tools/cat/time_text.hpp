// Times as people and JSON read them.
#pragma once

#include <cstdint>
#include <string>

namespace logbuf::cat {

// RFC 3339 in UTC, with nanoseconds: 2026-11-22T05:06:07.000000008Z. Any value will do.
std::string time_text(std::int64_t time_ns);

}  // namespace logbuf::cat
