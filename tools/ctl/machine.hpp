// What a machine must have for rings and archives, and whether this one does.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "finding.hpp"

namespace logbuf::ctl {

// Where the doctor looks. Tests point it elsewhere.
struct Machine {
  std::string shm = "/dev/shm";
  std::string mounts = "/proc/self/mounts";
  std::string limits = "/proc/self/limits";
  std::string systemd = "/run/systemd/system";  // is there where systemd runs
  // logind.conf and logind.conf.d/*.conf are in these; what comes first here goes before what comes later.
  std::vector<std::string> logind = {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"};
  std::string clock_source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  std::uint64_t ring_bytes = 0;  // what the segment of a ring takes that is made without --capacity
  std::size_t rings = 0;         // how many there are
  std::set<uid_t> users;         // whose they are, and who asks
  long barriers = -1;            // what membarrier() answers to MEMBARRIER_CMD_QUERY; -1: it does not exist
  std::int64_t now_ns = 0;       // since 1970-01-01 UTC
};

// All of the above as it is here. `rings`: their names.
Machine this_machine(const std::vector<std::string>& rings);

// One finding at least for each check, whatever cannot be read.
Findings check_machine(const Machine& machine);

}  // namespace logbuf::ctl
