// What --quick says of its own figures.
#pragma once

#include <string>

namespace logbuf::bench {

// Behind the figures; empty where they were not measured quickly.
inline std::string note_if(bool quick) {
  return quick ? "\n--quick: this shows that it works; its figures mean nothing beside targets and references\n" : "";
}

}  // namespace logbuf::bench
