#include "ring_health.hpp"

#include <logbuf/error.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

#include "text.hpp"

namespace logbuf::ctl {
namespace {

using rings::Look;
using rings::Seen;

constexpr std::uint64_t kNearlyFull_percent = 90;

const std::optional<BlockedStatus>& blocked(const Seen& ring) {
  static const std::optional<BlockedStatus> nothing;
  return ring.look ? ring.look->status.blocked : nothing;
}

Finding unopened(const Seen& ring) {
  const std::string found = ring.detail;
  if (ring.why_not == Errc::not_permitted) return {"ring", Grade::warning, found, "ask as its owner, or as root"};
  if (ring.why_not == Errc::wrong_layout)
    return {"ring", Grade::warning, found, "look at it with the logbuf-ctl of that release"};
  if (ring.why_not == Errc::not_a_ring || ring.why_not == Errc::damaged_ring)
    return {"ring", Grade::problem, found, "logbuf-ctl rm --force " + ring.name + " removes it, with what is in it"};
  return {"ring", Grade::problem, found, "see what the system says there"};
}

std::string remove_by_force(const std::string& name) {
  return "stop who is attached, logbuf-ctl rm --force " + name + ", and make it anew";
}

// Of a ring that can be trusted no more.
std::optional<Finding> broken(const Look& look) {
  const std::string& name = look.info.name;
  if (look.status.quarantined) {
    return Finding{"ring", Grade::problem,
                   "ring '" + name + "' is quarantined: at position " +
                       std::to_string(look.status.quarantine_position) + " stands what no producer writes",
                   "see logbuf-ctl inspect " + name + "; then " + remove_by_force(name)};
  }
  if (!look.sound) {
    return Finding{"ring", Grade::problem, "ring '" + name + "' is damaged: its positions contradict each other",
                   remove_by_force(name)};
  }
  return std::nullopt;
}

std::optional<Finding> held_up(const Look& look, std::int64_t now_ns) {
  if (!look.status.blocked) return std::nullopt;
  const BlockedStatus& claim = *look.status.blocked;
  std::string found = "ring '" + look.info.name + "' is held up at position " + std::to_string(claim.position) +
                      " by an unfinished claim of ";
  const ProducerStatus* const holder = rings::holder_of(look.status);
  const bool known = holder != nullptr;
  found += known ? "producer '" + cli::escape(holder->name) + "' (pid " + std::to_string(holder->pid) + ')'
                 : std::string("nobody that is known");
  // What a consumer wrote there may be anything.
  if (claim.since_ns > 0 && claim.since_ns >= look.info.created_ns && claim.since_ns < now_ns)
    found += ", for " + std::to_string((now_ns - claim.since_ns) / 1'000'000'000) + " s";
  if (known && holder->alive) {
    return Finding{"ring", Grade::problem, found + ", who lives: no record behind it comes out",
                   "see what pid " + std::to_string(holder->pid) +
                       " does (stopped? in a debugger?); if it is killed, its claim is skipped"};
  }
  const bool read = look.status.consumer && look.status.consumer->alive;
  std::string remedy = "nothing: its consumer skips it";
  if (!read) remedy = "nothing: the next consumer skips it (logbuf-archiver --ring " + look.info.name + " --dir DIR)";
  if (rings::who_is_attached(look.status).empty() && look.records_waiting == 0)
    remedy += "; if the ring is not about to be used: logbuf-ctl gc removes it";
  return Finding{"ring", Grade::warning, found + (known ? ", who is dead" : ""), remedy};
}

std::string fill_text(const Look& look) {
  return std::to_string(look.fill_bytes * 100 / look.info.capacity) + "% full";
}

Finding left_over(const Look& look) {
  const std::string& name = look.info.name;
  const std::string left = rings::what_is_left(look);
  const std::string found = "ring '" + name + "': nobody is attached, ";
  if (look.records_waiting == 0)
    return {"ring", Grade::warning, found + "and it holds no record",
            "if it is not about to be used: logbuf-ctl gc removes it"};
  return {"ring", Grade::warning, found + "and it holds " + left,
          "logbuf-archiver --ring " + name + " --dir DIR --once brings them to disk; logbuf-ctl rm --force " + name +
              " throws them away"};
}

// Whenever that was: nobody will see these records.
std::optional<Finding> refusing(const Look& look) {
  const std::uint64_t refused = look.status.total_refused;
  if (refused == 0) return std::nullopt;
  return Finding{"ring", Grade::warning,
                 "ring '" + look.info.name + "' was full for " + cli::counted(refused, "record") +
                     ", which its producers dropped: they are lost",
                 "see what its consumer waits for (disk, --sync, a stopped process), or make the ring larger"};
}

std::optional<Finding> filling(const Look& look) {
  const std::string& name = look.info.name;
  const bool nearly_full = look.fill_bytes * 100 >= look.info.capacity * kNearlyFull_percent;
  const bool read = look.status.consumer && look.status.consumer->alive;
  if (read && !nearly_full) return refusing(look);
  if (read) {
    return Finding{"ring", Grade::warning,
                   "ring '" + name + "' is " + fill_text(look) + ": its consumer does not keep up",
                   "see what it waits for (disk, --sync, a stopped process), or make the ring larger"};
  }
  const std::string found = "ring '" + name + "' has producers and no consumer, and is " + fill_text(look);
  const std::string remedy = "start its consumer: logbuf-archiver --ring " + name + " --dir DIR";
  if (nearly_full)
    return Finding{"ring", Grade::problem, found + ": its producers wait, or their records are lost", remedy};
  return Finding{"ring", Grade::warning, found, remedy};
}

std::optional<Finding> check_ring(const Look& look, std::int64_t now_ns) {
  if (auto finding = broken(look)) return finding;
  if (auto finding = held_up(look, now_ns)) return finding;
  if (rings::who_is_attached(look.status).empty()) return left_over(look);
  return filling(look);
}

}  // namespace

std::vector<Seen> look_at_rings(const std::vector<std::string>& names) {
  constexpr auto a_moment = std::chrono::milliseconds(200);
  std::vector<Seen> rings;
  for (const std::string& name : names) {
    if (auto seen = rings::see(name)) rings.push_back(std::move(*seen));
  }
  if (std::ranges::none_of(rings, [](const Seen& ring) { return blocked(ring).has_value(); })) return rings;
  std::this_thread::sleep_for(a_moment);
  for (Seen& ring : rings) {
    if (!blocked(ring)) continue;
    const Position position = blocked(ring)->position;
    if (auto again = rings::see(ring.name)) ring = std::move(*again);
    // Another claim by now, and as short as the first, for all that is known.
    if (blocked(ring) && blocked(ring)->position != position) ring.look->status.blocked.reset();
  }
  return rings;
}

Findings check_rings(const std::vector<Seen>& rings, std::int64_t now_ns) {
  Findings findings;
  for (const Seen& ring : rings) {
    auto finding = ring.look ? check_ring(*ring.look, now_ns) : unopened(ring);
    if (!finding) continue;
    finding->ring = ring.name;
    findings.push_back(std::move(*finding));
  }
  const std::size_t well = rings.size() - findings.size();
  if (well != 0 || rings.empty()) {
    const std::string found = rings.empty() ? "there are no rings"
                              : well == 1   ? "1 ring is in use and well"
                                            : std::to_string(well) + " rings are in use and well";
    findings.insert(findings.begin(), {"rings", Grade::ok, found, ""});
  }
  return findings;
}

}  // namespace logbuf::ctl
