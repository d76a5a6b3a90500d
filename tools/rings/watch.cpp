#include "watch.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

namespace logbuf::rings {
namespace {

// Behind a reader that has stopped, these are what the time that it is behind is divided by, or half as many.
constexpr int kMostTails = 512;
static_assert(kMostTails % 2 == 0, "every second of one more has the last");

double per_second(std::uint64_t before, std::uint64_t now, double seconds) {
  return now > before ? static_cast<double>(now - before) / seconds : 0;
}

Rates rates_of(const RingStatus& before, const RingStatus& now, double seconds) {
  return {per_second(before.total_records, now.total_records, seconds),
          per_second(before.total_bytes, now.total_bytes, seconds),
          per_second(before.total_refused, now.total_refused, seconds),
          per_second(before.total_aborted, now.total_aborted, seconds)};
}

// The counters of a producer begin when it attaches.
Rates rates_of(const RingStatus& before, const ProducerStatus& now, double seconds) {
  const auto same = [&](const ProducerStatus& p) { return p.slot == now.slot && p.attached_ns == now.attached_ns; };
  const auto found = std::ranges::find_if(before.producers, same);
  const ProducerStatus then = found == before.producers.end() ? ProducerStatus{} : *found;
  return {per_second(then.records, now.records, seconds), per_second(then.bytes, now.bytes, seconds),
          per_second(then.refused, now.refused, seconds), per_second(then.aborted, now.aborted, seconds)};
}

// All below `reached` has come that far: what was there at the last look whose tail it is not behind of.
Lag lag_of(const Watch::Tails& tails, Position reached) {
  if (reached >= tails.back().second) return {};
  const auto after = std::ranges::upper_bound(tails, reached, {}, &Watch::Tails::value_type::second);
  const bool older = after == tails.begin();
  return {tails.back().first - (older ? after : after - 1)->first, older};
}

void remember(Watch::Tails& tails, Watch::Time now, Position tail, Position reached) {
  if (!tails.empty() && tail < tails.back().second) tails.clear();  // no producer does that
  const std::size_t count = tails.size();
  const auto apart = count < 2 ? Watch::Time::duration::zero() : (now - tails.front().first) / kMostTails;
  if (count >= 2 && tails[count - 1].first - tails[count - 2].first < apart) tails.pop_back();
  tails.emplace_back(now, tail);
  while (tails.size() > 1 && tails[1].second <= reached) tails.pop_front();
  if (std::ssize(tails) <= kMostTails) return;
  Watch::Tails fewer;
  for (std::size_t i = 0; i < tails.size(); i += 2) fewer.push_back(tails[i]);
  tails = std::move(fewer);
}

}  // namespace

Watch::Watch(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}

std::vector<Watched> Watch::look() {
  std::vector<Seen> seen;
  for (const std::string& name : Segment::list()) {
    const auto matches = [&](const std::string& each) { return ::fnmatch(each.c_str(), name.c_str(), 0) == 0; };
    if (!wanted_.empty() && std::ranges::none_of(wanted_, matches)) continue;
    if (auto one = see(name)) seen.push_back(std::move(*one));
  }
  return compare(std::move(seen), std::chrono::steady_clock::now());
}

std::vector<Watched> Watch::compare(std::vector<Seen> seen, Time now) {
  std::vector<Watched> watched;
  std::map<std::string, Past> past = std::exchange(past_, {});
  for (Seen& one : seen) {
    if (const auto found = past.find(one.name); found != past.end()) past_.insert(past.extract(found));
    watched.push_back(follow(std::move(one), now));
  }
  return watched;
}

Watched Watch::follow(Seen seen, Time now) {
  Watched watched;
  static_cast<Seen&>(watched) = std::move(seen);
  if (!watched.look) {
    past_.erase(watched.name);
    return watched;
  }
  const Look& look = *watched.look;
  auto at = past_.find(watched.name);
  if (at != past_.end() && at->second.uuid != look.info.uuid) {  // made anew
    past_.erase(at);
    at = past_.end();
  }
  const bool first = at == past_.end();
  Past& past = first ? past_[watched.name] : at->second;
  if (!first && now > past.at) {
    const double seconds = std::chrono::duration<double>(now - past.at).count();
    const RingStatus& before = past.last.status;
    watched.rates = rates_of(before, look.status, seconds);
    watched.consumed_records = per_second(before.records_consumed, look.status.records_consumed, seconds);
    for (const ProducerStatus& p : look.status.producers) {
      watched.producers.emplace(p.slot, rates_of(before, p, seconds));
    }
  }
  if (look.sound && !look.status.quarantined) {
    const RingStatus& status = look.status;
    const Position durable = status.archive ? std::min(status.archive->synced, status.consumed) : status.consumed;
    remember(past.tails, now, status.tail, durable);
    watched.consumer_lag = lag_of(past.tails, status.consumed);
    if (status.archive) watched.durable_lag = lag_of(past.tails, status.archive->synced);
  }
  past.uuid = look.info.uuid;
  past.last = look;
  past.at = now;
  return watched;
}

}  // namespace logbuf::rings
