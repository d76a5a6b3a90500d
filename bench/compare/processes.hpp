// The words for other processes, which all benches share.
#pragma once

#include "../child.hpp"
#include "../waiter.hpp"

namespace logbuf::compare {

using bench::adopt_orphans;
using bench::Child;
using bench::ChildOptions;
using bench::end_orphans;
using bench::find_program;
using bench::Interrupted;
using bench::read_lines;
using bench::run_to_end;
using bench::Waiter;

}  // namespace logbuf::compare
