// Does logind take the shared memory of users away who log out?
#pragma once

#include "finding.hpp"
#include "machine.hpp"

namespace logbuf::ctl {

// RemoveIPC= of logind.conf and its drop-ins, as systemd reads them, against the users of machine.users.
Finding check_remove_ipc(const Machine& machine);

}  // namespace logbuf::ctl
