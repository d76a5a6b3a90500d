// Signals that are waited for like input.
#pragma once

#include <initializer_list>

namespace logbuf::cli {

// Blocks these signals, for this thread and those that it starts from now on. The descriptor can be read while one of
// them is pending (signalfd(2)), and is the caller's. Throws std::system_error.
int open_signals(std::initializer_list<int> signals);

}  // namespace logbuf::cli
