// Kinds of rings, in words.
#pragma once

#include <string>

#include <logbuf/segment.hpp>

namespace logbuf::cli {

inline std::string kind_word(Kind kind) {
  return kind == Kind::spsc ? "spsc" : "mpsc";
}

}  // namespace logbuf::cli
