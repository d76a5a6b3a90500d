#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace logbuf;
  const cli::ProgramInfo program{
      .name = "logbuf-ctl",
      .purpose = "makes and looks after rings",
      .usage = {"COMMAND [ARGUMENT...]"},
      .groups = {},
      .arguments = {},
      .examples = {{"logbuf-ctl create orders --capacity 64M", "makes the ring 'orders'"},
                   {"logbuf-ctl inspect orders", "says everything about it"}},
      .notes = "Exit codes: 0 fine; 1 refused, failed, or the doctor found a problem; 2 wrong usage, no such ring."};
  return cli::run_command(argc, argv, program,
                          {ctl::create_command(), ctl::ls_command(), ctl::inspect_command(), ctl::close_command(),
                           ctl::rm_command(), ctl::gc_command(), ctl::doctor_command()});
}
