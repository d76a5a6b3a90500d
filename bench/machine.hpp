// What the figures were made on: they mean nothing without it.
#pragma once

#include <string>

namespace logbuf::bench {

struct Machine {
  std::string cpu;
  unsigned cpus = 0;  // that this process may use
  std::string kernel;
  std::string virtualization;  // "none", or what is known of it
  std::string governor;        // of CPU frequency; "none known" on most virtual machines
  std::string load;            // averages over 1, 5 and 15 minutes: others at work
  std::string compiler;
  std::string flags;
};

Machine look_at_machine();

// The first lines of every report.
std::string as_text(const Machine& machine);

}  // namespace logbuf::bench
