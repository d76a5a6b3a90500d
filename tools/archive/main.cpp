// logbuf-archive: looks after archives.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace logbuf;
  const cli::ProgramInfo program{
      .name = "logbuf-archive",
      .purpose = "looks after archives",
      .usage = {"COMMAND [ARGUMENT...]"},
      .groups = {},
      .arguments = {},
      .examples = {{"logbuf-archive info /var/log/logbuf/orders", "its files, and how much they hold"},
                   {"logbuf-archive verify /var/log/logbuf/orders", "whether all is there, and right"}},
      .notes =
          "Exit codes: 0 fine; 1 failed; 2 wrong usage, no such archive; 3 finished, but records are lost or\n"
          "damaged."};
  return cli::run_command(argc, argv, program,
                          {archive_tool::info_command(), archive_tool::verify_command(),
                           archive_tool::recover_command(), archive_tool::export_command()});
}
