// What a Supervisor does with a configuration that has changed. It never ends the program.
#include <algorithm>
#include <utility>

#include <logbuf/error.hpp>

#include "supervisor.hpp"

namespace logbuf::archiver {
namespace {

void needs_restart(const std::string& key, const std::string& stays) {
  cli::complain(key + " needs a restart: " + stays);
}

}  // namespace

void Supervisor::reload() {
  if (!reread_) return cli::complain("there is no configuration file to read again");
  auto read = reread_();
  if (!read) return cli::complain("the configuration is wrong, the one before stays in effect: " + read.error());
  keep_fixed(*read);
  const Options before = std::exchange(options_, std::move(*read));
  upkeep_.reconfigure(options_);
  for (const auto& [ring, worker] : workers_) {
    if (wanted(ring)) {
      worker->drain->reconfigure(options_);
    } else {
      cli::complain("ring '" + ring + "' is not to be drained any more");
      worker->drain->stop();
    }
  }
  for (const auto& [ring, its] : board_.rings()) {
    if (!workers_.contains(ring) && !wanted(ring)) board_.set(ring, Board::State::left);
  }
  const auto unwanted = [this](const auto& ring) { return !wanted(ring.first); };
  std::erase_if(refused_, unwanted);
  std::erase_if(done_with_, unwanted);
  std::erase_if(awaited_, [this](const std::string& ring) { return !wanted(ring); });
  if (!options_.once) {
    for (const std::string& ring : options_.rings) {
      if (std::ranges::find(before.rings, ring) == before.rings.end() && !workers_.contains(ring)) take_named(ring);
    }
    look_around();
  }
  const std::string changed = changes(before, options_);
  cli::complain("the configuration has been read again: " + (changed.empty() ? "nothing has changed" : changed),
                cli::Severity::info);
}

void Supervisor::keep_fixed(Options& options) const {
  if (options.directory != options_.directory) {
    needs_restart("dir", "archives go on in " + options_.directory);
    options.directory = options_.directory;
  }
  if (options.once != options_.once) {
    needs_restart("once", options_.once ? "it ends when all is drained" : "it goes on");
    options.once = options_.once;
  }
  if (options.until_idle != options_.until_idle) {
    needs_restart("until-idle", "it ends as before");
    options.until_idle = options_.until_idle;
  }
  if (options.metrics != options_.metrics) {
    needs_restart("metrics", options_.metrics ? "they stay where they are" : "there are none");
    options.metrics = options_.metrics;
  }
}

// Unlike at the start, it need not be there: the others are not to end for it.
void Supervisor::take_named(const std::string& ring) {
  done_with_.erase(ring);
  awaited_.insert(ring);
  board_.set(ring, Board::State::awaited);
  try {
    if (options_.create) make(ring);
  } catch (const cli::Stop& stop) {
    cli::complain(stop.what());
  }
  const auto there = Segment::open(ring);
  if (!there && there.error() == Errc::no_such_ring)
    cli::complain("ring '" + ring + "' is not there: it is drained when it appears");
}

}  // namespace logbuf::archiver
