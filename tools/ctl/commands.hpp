// The commands of logbuf-ctl, one a file.
#pragma once

#include "program.hpp"

namespace logbuf::ctl {

cli::Command create_command();
cli::Command ls_command();
cli::Command inspect_command();
cli::Command close_command();
cli::Command rm_command();
cli::Command gc_command();
cli::Command doctor_command();

}  // namespace logbuf::ctl
