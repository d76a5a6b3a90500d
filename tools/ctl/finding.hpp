// What the doctor says of one thing. The names of checks and grades are part of the interface.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace logbuf::ctl {

enum class Grade : std::uint8_t {
  ok,
  warning,  // it works, and may not always
  problem,  // something does not work
};

struct Finding {
  std::string check;  // "shm", "remove_ipc", "ring"...
  Grade grade = Grade::ok;
  std::string found;      // a sentence
  std::string remedy;     // what to do; empty: nothing
  std::string ring = {};  // which, where it is about one
};

using Findings = std::vector<Finding>;

}  // namespace logbuf::ctl
