// What a TARGET of the command line names.
#pragma once

#include <string>

namespace logbuf::cat {

struct Target {
  enum class Kind { ring, archive };
  Kind kind = Kind::ring;
  std::string name;       // the ring's, or the path of an archive directory or segment file
  bool has_times = true;  // false: a ring without timestamps
};

// With a '/' it is a path. Without one it is a ring if there is one of that name, else what the working
// directory has under that name. Neither: ends the program with ExitCode::usage.
Target find_target(const std::string& text);

}  // namespace logbuf::cat
