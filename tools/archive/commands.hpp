// The commands of logbuf-archive, one a file.
#pragma once

#include "program.hpp"

namespace logbuf::archive_tool {

cli::Command info_command();
cli::Command verify_command();
cli::Command recover_command();
cli::Command export_command();

}  // namespace logbuf::archive_tool
