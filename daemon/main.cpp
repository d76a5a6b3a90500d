// logbuf-archiver: rings to disk.
#include "options.hpp"
#include "supervisor.hpp"

int main(int argc, char** argv) {
  using namespace logbuf::archiver;
  hold_signals();
  return run_with_options(
      argc, argv, [](const Options& options, const Reread& reread) { return Supervisor(options, reread).run(); });
}
