#include "sampler.hpp"

#include <algorithm>

#include "health.hpp"
#include "time_text.hpp"

namespace logbuf::archiver {
namespace {

void follow(ProducerCounts& counts, const std::array<std::uint64_t, 4>& now, bool anew) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i].follow(now[i], anew);
}

}  // namespace

Sampler::Sampler(const Board& board, const Disk& disk) : board_(board), disk_(disk) {}

void Sampler::take() {
  const auto now = rings::Watch::Time::clock::now();
  auto known = board_.rings();
  std::vector<rings::Seen> seen;
  for (const auto& [name, ring] : known) {
    if (ring.state == Board::State::left) continue;
    if (auto one = rings::see(name)) {
      seen.push_back(std::move(*one));
    } else if (ring.state == Board::State::draining || ring.state == Board::State::awaited) {
      seen.push_back({.name = name, .look = {}, .why_not = {}, .detail = {}});
    }
  }
  sample_.number += 1;
  sample_.time_ns = cli::now_ns();
  sample_.rings.clear();
  for (rings::Watched& watched : watch_.compare(std::move(seen), now)) {
    RingSample ring;
    static_cast<rings::Watched&>(ring) = std::move(watched);
    ring.archiver = known.at(ring.name);
    ring.disk = disk_.use(ring.name);
    count(ring);
    RingCounts& counts = counts_[ring.name];
    if (ring.archiver.state != Board::State::draining) counts.standing.goes_on(now);
    ring.stands_still = counts.standing.look(ring.archiver.counters->rounds, now);
    const bool blocked = ring.look && ring.look->status.blocked && ring.archiver.state == Board::State::draining;
    if (!blocked) counts.before_claim.goes_on(now);
    if (blocked) ring.held_up = counts.before_claim.look(ring.look->status.blocked->position, now);
    ring.ailments = ailments_of(ring, now);
    remember(ring);
    sample_.rings.push_back(std::move(ring));
  }
  std::erase_if(counts_, [&](const auto& each) { return !known.contains(each.first); });
  std::erase_if(histories_, [&](const auto& each) {
    return std::ranges::find(sample_.rings, each.first, &RingSample::name) == sample_.rings.end();
  });
}

void Sampler::count(RingSample& ring) {
  RingCounts& its = counts_[ring.name];
  ring.counts = &its;
  if (!ring.look) return;
  const RingStatus& status = ring.look->status;
  const bool anew = its.uuid != ring.look->info.uuid;
  its.uuid = ring.look->info.uuid;
  follow(its.all, {status.total_records, status.total_bytes, status.total_refused, status.total_aborted}, anew);
  its.consumed.follow(status.records_consumed, anew);
  its.holes.follow(status.holes, anew);
  its.producers_attached.follow(status.producers_attached, anew);
  its.consumers_attached.follow(status.consumers_attached, anew);
  for (const ProducerStatus& producer : status.producers) {
    SlotCounts& slot = its.slots[producer.slot];
    if (slot.name != producer.name) slot = {.name = producer.name, .attached_ns = 0, .counts = {}};
    const bool other = anew || slot.attached_ns != producer.attached_ns;
    slot.attached_ns = producer.attached_ns;
    follow(slot.counts, {producer.records, producer.bytes, producer.refused, producer.aborted}, other);
  }
}

void Sampler::remember(RingSample& ring) {
  if (!ring.look || (histories_.size() >= kMostHistories && !histories_.contains(ring.name))) return;
  auto& history = histories_[ring.name];
  const rings::Rates rates = ring.rates.value_or(rings::Rates{});
  history.push_back(
      {.sample = sample_.number,
       .fill = static_cast<double>(ring.look->fill_bytes) / static_cast<double>(ring.look->info.capacity),
       .records = rates.records,
       .bytes = rates.bytes,
       .consumed = ring.consumed_records.value_or(0),
       .refused = rates.refused,
       .durable_lag_seconds = ring.durable_lag ? std::chrono::duration<double>(ring.durable_lag->time).count() : -1});
  if (history.size() > kHistory) history.pop_front();
  ring.history = &history;
}

}  // namespace logbuf::archiver
