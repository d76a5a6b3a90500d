// logbuf-soak: what holds, holds whoever dies: for as long as you like.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "children.hpp"
#include "epoch.hpp"
#include "options.hpp"
#include "output.hpp"
#include "scratch.hpp"
#include "tally.hpp"

namespace {

using namespace logbuf;
using namespace logbuf::soak;
using namespace std::chrono_literals;

class Progress {
 public:
  Progress(bool wanted, const Tally& tally) : wanted_(wanted), tally_(tally) {}
  void operator()() {
    if (!wanted_ || Clock::now() < next_) return;
    next_ = Clock::now() + 10s;
    cli::complain(as_line(tally_));
  }

 private:
  bool wanted_;
  const Tally& tally_;
  Clock::time_point next_ = Clock::now() + 10s;
};

void run_epochs(const Options& options, Scratch& scratch, Tally& tally, std::uint64_t& epoch) {
  const Clock::time_point deadline = Clock::now() + options.time;
  Progress progress(options.progress, tally);
  try {
    Children children;
    for (; Clock::now() < deadline; ++epoch) {
      Epoch(options, scratch, children, tally, epoch).run(deadline, [&] { progress(); });
    }
  } catch (const Failure&) {
    scratch.keep();  // now that nobody writes there any more
    throw;
  }
}

cli::ExitCode soak_all(const Options& options) {
  cli::Output out;
  out.put("seed " + std::to_string(options.seed) + "\n");
  out.flush();
  const Clock::time_point began = Clock::now();
  Tally tally;
  std::uint64_t epoch = options.first_epoch;
  std::string verdict = "books balance";
  auto code = cli::ExitCode::ok;
  {
    Scratch scratch(options.directory);
    try {
      run_epochs(options, scratch, tally, epoch);
    } catch (const Failure& failure) {
      code = cli::ExitCode::failed;
      verdict = std::string(failure.what()) + "\nseed " + std::to_string(options.seed) + ", epoch " +
                std::to_string(epoch) + "; what there was is kept in " + scratch.directory().string();
    } catch (const Interrupted& interrupted) {
      code = cli::ExitCode::failed;
      verdict = std::string(interrupted.what()) + ": epoch " + std::to_string(epoch) + " was not checked";
    }
  }
  out.put(as_table(tally, Clock::now() - began) + verdict + "\n");
  return out.finish(code);
}

}  // namespace

int main(int argc, char** argv) {
  return run_with_options(argc, argv, soak_all);
}
