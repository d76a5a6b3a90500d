// Kinds of rings, in words.
#pragma once

#include <string>

#include <logbuf/segment.hpp>

namespace logbuf::cli {

std::string kind_word(Kind kind);
// Of what --kind was given. Ends the program (exit code 2) where it is no kind.
Kind kind_of_word(const std::string& word);

}  // namespace logbuf::cli
