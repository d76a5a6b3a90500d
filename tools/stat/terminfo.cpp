#include "terminfo.hpp"

#include <curses.h>
#include <term.h>
#include <unistd.h>

namespace logbuf::stat {

bool terminal_is_known() {
  int found = 0;
  if (::setupterm(nullptr, STDOUT_FILENO, &found) != OK) return false;
  ::del_curterm(::cur_term);
  return true;
}

}  // namespace logbuf::stat
