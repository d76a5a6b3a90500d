// What can be said after `logbuf`, and where the program for it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logbuf::front {

struct Entry {
  std::string word;     // "cat": the program is logbuf-cat
  std::string purpose;  // one line, as the program's own --help has it
};

// The programs of this release.
const std::vector<Entry>& own_programs();

// Where programs are looked for, in this order: beside this one (also where it is called by a link), then in PATH.
std::vector<std::string> search_path(const char* called_as);

// The file of logbuf-WORD; empty if there is none that may be run.
std::string find_program(std::string_view word, const std::vector<std::string>& directories);

// What else is found there: every logbuf-WORD that is not one of this release's, sorted.
std::vector<Entry> other_programs(const std::vector<std::string>& directories);

}  // namespace logbuf::front
