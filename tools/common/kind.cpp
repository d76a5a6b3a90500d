#include "kind.hpp"

#include "failure.hpp"
#include "text.hpp"

namespace logbuf::cli {

std::string kind_word(Kind kind) {
  return kind == Kind::spsc ? "spsc" : "mpsc";
}

Kind kind_of_word(const std::string& word) {
  for (const Kind kind : {Kind::mpsc, Kind::spsc}) {
    if (word == kind_word(kind)) return kind;
  }
  die("--kind: '" + escape(word) + "' is no kind of ring: give mpsc or spsc (try --help)", ExitCode::usage);
}

}  // namespace logbuf::cli
