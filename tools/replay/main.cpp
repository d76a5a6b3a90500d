// logbuf-replay: puts an archive's records back into a ring.
#include "options.hpp"
#include "replay.hpp"

int main(int argc, char** argv) {
  using namespace logbuf;
  replay::Options options;
  return cli::run(argc, argv, replay::program(options), [&](const auto&) {
    replay::check(options);
    return replay::replay(options);
  });
}
