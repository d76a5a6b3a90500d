// The machine in a report for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "machine.hpp"

namespace logbuf::bench {

inline void add_machine(nlohmann::ordered_json& report, const Machine& machine) {
  report["machine"] = {{"cpu", machine.cpu},           {"cpus", machine.cpus},
                       {"kernel", machine.kernel},     {"virtualization", machine.virtualization},
                       {"governor", machine.governor}, {"load", machine.load}};
  report["compiler"] = {{"name", machine.compiler}, {"flags", machine.flags}};
}

}  // namespace logbuf::bench
