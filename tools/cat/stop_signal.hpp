// SIGINT and SIGTERM as a wish to end in good order.
#pragma once

namespace logbuf::cat {

// From now on the first such signal only sets stop_requested() (and interrupts waits); the second one ends
// the program at once.
void catch_stop_signals();
bool stop_requested() noexcept;
// It was SIGINT: somebody sits there.
bool interrupted() noexcept;

}  // namespace logbuf::cat
