// How a process of the soak may end, and how not.
#include <string_view>

#include "epoch.hpp"

namespace logbuf::soak {
namespace {

std::string how_it_ended(const Ended& ended) {
  std::string text = std::string(name_of(ended.child.role)) + " " + std::to_string(ended.child.pid) + " (" +
                     ended.child.command + ") ended by ";
  text += ended.signal != 0 ? "signal " + std::to_string(ended.signal) : "exit code " + std::to_string(ended.exit_code);
  return text + (ended.said.empty() ? "" : ", having said:\n" + ended.said);
}

bool said(const Ended& ended, std::string_view what) {
  return ended.said.find(what) != std::string::npos;
}

// Nothing is lost but what producers dropped themselves at a full ring.
bool tells_refusals_alone(const Ended& ended) {
  return ended.exit_code == 3 && (said(ended, "refused at a full ring") || said(ended, "refused at the full ring")) &&
         !said(ended, "not in the archive") && !said(ended, "unknown number") && !said(ended, "damaged") &&
         !said(ended, "quarantined");
}

}  // namespace

void Epoch::judge(const Ended& ended) {
  log(how_it_ended(ended));
  switch (ended.child.role) {
    case Role::producer: return judge_producer(ended);
    case Role::archiver: return judge_archiver(ended);
    case Role::reader: return judge_reader(ended);
  }
}

void Epoch::judge_producer(const Ended& ended) {
  const bool by_itself =
      ended.used_up() || (ended.signal == SIGKILL && ledger_.page(ended.child.producer).kills_itself.load() != 0);
  const bool killed = by_itself || ended.killed();
  if (!killed && (ended.signal != 0 || ended.exit_code != 0)) throw Failure(how_it_ended(ended));
  rings_[ended.child.ring].deceased.push_back({.number = ended.child.producer, .killed = killed});
  if (!killed) return;
  tally_.killed[static_cast<std::size_t>(Role::producer)] += 1;
  if (by_itself) tally_.killed_themselves += 1;
}

void Epoch::judge_archiver(const Ended& ended) {
  if (ended.killed()) {
    tally_.killed[static_cast<std::size_t>(Role::archiver)] += 1;
    return;
  }
  if (ended.signal == 0 && (ended.exit_code == 0 || tells_refusals_alone(ended))) return;
  // It had only just begun, and did not know the signal yet.
  if (ended.child.sent.contains(ended.signal)) return;
  // Another one has the ring, or, being killed, has given up the ring and not yet the directory.
  const bool refused =
      said(ended, "has a consumer already") || said(ended, "is just being attached to") || said(ended, "is written by");
  if (ended.signal != 0 || ended.exit_code != 1 || !refused) throw Failure(how_it_ended(ended));
  tally_.second_archivers_refused += 1;
}

void Epoch::judge_reader(const Ended& ended) {
  if (ended.killed()) {
    tally_.killed[static_cast<std::size_t>(Role::reader)] += 1;
    return;
  }
  if (ended.signal == 0 && (ended.exit_code == 0 || tells_refusals_alone(ended))) return;
  // No archiver has come that far yet: it makes the directory, then its lock, then files.
  const bool no_archive =
      ended.exit_code == 2 && (said(ended, "does not exist") || said(ended, "holds no segment files"));
  if (ended.signal != 0 || !no_archive) throw Failure(how_it_ended(ended));
}

}  // namespace logbuf::soak
