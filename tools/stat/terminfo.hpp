// What is known of terminals, apart from the screen: <term.h> has macros for words that everybody uses.
#pragma once

namespace logbuf::stat {

// Is the kind that TERM names in the terminfo data? Asked before newterm(), which leaks where it is not.
bool terminal_is_known();

}  // namespace logbuf::stat
