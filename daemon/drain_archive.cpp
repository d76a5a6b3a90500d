// What a Drain writes to its archive, and what it does where the disk refuses.
#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include <logbuf/error.hpp>

#include "drain.hpp"

namespace logbuf::archiver {
namespace {

using namespace std::chrono_literals;

// How soon what producers were refused is looked at again: a slot's line is its producer's own.
constexpr auto kLookForRefusals = 10ms;
// How soon it is said again.
constexpr auto kSayRefused = 10s;
// How long to wait before the disk is tried again.
constexpr auto kRetry = 1s;
constexpr Position kEndOfPositions = std::numeric_limits<Position>::max();

}  // namespace

bool Drain::align() {
  const Position at = consumer_.position();
  const std::optional<Position> end = writer_.end_position();
  if (!end || *end < at) {
    const Position from = end.value_or(0);
    if (from == at) return true;
    archive::Gap gap{.lost = std::nullopt,
                     .from = from,
                     .to = at,
                     .why = "released from the ring, but not in the archive",
                     .end_record = consumer_.records_consumed()};
    const std::optional<std::uint64_t> before = end ? writer_.end_record() : 0;
    if (before && *before <= consumer_.records_consumed()) gap.lost = consumer_.records_consumed() - *before;
    // Skips are released before a block says so: a predecessor ended in between.
    if (gap.lost == 0) return append_skips(at, consumer_.records_consumed());
    say((gap.lost ? std::to_string(*gap.lost) : std::string("some")) + " records at positions " + std::to_string(from) +
        " to " + std::to_string(at) + " were " + gap.why + "; the archive has a gap there");
    lossy_ = true;
    counters_->missing_records += gap.lost.value_or(0);
    return persist([&] { return writer_.append(gap); });
  }
  if (*end == at) return true;
  const Position tail = consumer_.tail();
  if (*end > tail) {
    say("the archive in " + options_.directory + " ends at position " + std::to_string(*end) +
        ", but the ring only at " + std::to_string(tail) +
        ": it is not the ring that it claims to be. Give another --dir, or make the ring anew");
    return false;
  }
  // Written, but not released: a predecessor died in between, perhaps before it had made that durable.
  if (options_.sync.when != SyncPolicy::When::never && !sync() && !write_again()) return false;
  if (pass_to(*end)) return true;
  say("the archive in " + options_.directory + " ends at position " + std::to_string(*end) +
      ", in the middle of a record of the ring: they do not belong together. Give another --dir, or make the "
      "ring anew");
  return false;
}

bool Drain::archive_batch(ReadBatch& batch) {
  name_producers();
  archive::Span span{.begin = batch.data_position(),
                     .end = batch.end_position(),
                     .records = batch.records(),
                     .first_record = batch.first_record(),
                     .bytes = batch.data()};
  // Skips that were passed since the last batch belong to no block yet.
  if (!append_skips(span.begin, span.first_record)) return false;
  if (!persist([&] { return writer_.append(span); })) return false;
  unsynced_ = true;
  if (options_.sync.when != SyncPolicy::When::batch) return true;
  if (!sync() && !write_again()) {
    // Nothing of the last batch is released. A successor would read it from the page cache, believe it and release it.
    if (!writer_.cut_unsynced()) say(error_detail());
    return false;
  }
  unsynced_ = false;
  return true;
}

// After a failed sync: the disk may have taken nothing of what it was given since the last good one. Only this Writer
// knows what: it stays, and tries again, for as long as the disk refuses.
bool Drain::write_again() {
  counters_->sync_errors += 1;
  counters_->set_trouble(error_detail());
  say(error_detail());
  for (std::string said;;) {
    const auto written = writer_.write_again();
    if (written) break;
    const std::string refusal = error_detail();
    counters_->write_errors += 1;
    if (!writer_.is_there()) return false;
    const bool may_come = written.error().category() == std::system_category();
    if (may_come && refusal != said) say(refusal + "; trying again every second");
    if (may_come && !stops_before_retry()) {
      said = refusal;
      continue;
    }
    say((may_come ? std::string("stopped before the disk took what it had refused") : refusal) +
        "; what was not released is still in the ring, start the archiver again. Of what was released since the last "
        "good sync nobody knows whether it is on the disk");
    return false;
  }
  counters_->set_trouble("");
  say("written again to another file, and durable there", cli::Severity::info);
  unsynced_ = false;
  return true;
}

void Drain::report() {
  consumer_.report_archived({.written = writer_.end_position().value_or(0),
                             .synced = writer_.synced_position().value_or(0),
                             .written_seq = writer_.next_seq(),
                             .synced_seq = writer_.synced_seq()});
  if (!unsynced_) {
    unsynced_since_ns_ = 0;
  } else if (unsynced_since_ns_ == 0) {
    unsynced_since_ns_ = now_ns();
  }
  const bool by_time = options_.sync.when == SyncPolicy::When::interval;
  counters_->sync_interval_ns = by_time                                         ? options_.sync.interval.count()
                                : options_.sync.when == SyncPolicy::When::batch ? 0
                                                                                : Counters::kNeverSynced;
  counters_->undurable_since_ns = !by_time ? 0 : syncing_ ? syncing_since_ns_ : unsynced_since_ns_;
}

std::expected<void, std::error_code> Drain::sync() {
  const std::int64_t begun_ns = now_ns();
  auto synced = writer_.sync();
  count_sync(begun_ns);
  return synced;
}

void Drain::count_sync(std::int64_t begun_ns) {
  counters_->sync_ns += static_cast<std::uint64_t>(now_ns() - begun_ns);
  counters_->syncs += 1;
}

bool Drain::append_skips(Position end, std::uint64_t record) {
  const Position begin = writer_.end_position().value_or(end);
  // A block holds a lap at most.
  for (Position at = begin; at < end;) {
    const Position to = std::min(end, at + consumer_.info().capacity);
    const archive::Span skips{.begin = at, .end = to, .records = 0, .first_record = record, .bytes = {}};
    if (!persist([&] { return writer_.append(skips); })) return false;
    at = to;
  }
  return true;
}

void Drain::name_producers() {
  // Before the slots: whoever comes behind this look attaches here or beyond.
  const Position tail = consumer_.tail();
  const auto name = [this](const archive::ProducerName& producer) {
    return persist([&] { return writer_.append(producer); });
  };
  for (std::uint16_t slot = 0; slot < known_incarnations_.size(); ++slot) {
    std::uint32_t& known = known_incarnations_[slot];
    const std::uint32_t incarnation = consumer_.incarnation(slot);
    if (incarnation == known) continue;
    const EndStatus producer = consumer_.producer(slot);
    // Somebody came and went since the last look. What lies between may be its records: better without a name than
    // under another's.
    if (known != 0 && incarnation - known > 1 && !name({.slot = slot, .from = last_names_look_, .pid = 0, .name = {}}))
      return;
    if (!name({.slot = slot, .from = producer.attached_at, .pid = producer.pid, .name = producer.name})) return;
    known = incarnation;
  }
  last_names_look_ = tail;
}

void Drain::look_for_refusals() {
  const std::int64_t now = now_ns();
  if (now - last_refusals_look_ns_ < std::chrono::nanoseconds(kLookForRefusals).count()) return;
  last_refusals_look_ns_ = now;
  refusals_.look();
}

bool Drain::tell_refusals(bool all) {
  const std::uint64_t before_all = refused_;
  while (const archive::Refused* const due = refusals_.due(all ? kEndOfPositions : consumer_.position())) {
    if (!append_skips(consumer_.position(), consumer_.records_consumed())) return false;
    archive::Refused refused = *due;
    refused.at = writer_.end_position().value_or(consumer_.position());
    const std::uint64_t before = writer_.refused(refused.slot);
    if (!persist([&] { return writer_.append(refused); })) return false;
    refusals_.told();
    unsynced_ = true;
    refused_ += writer_.refused(refused.slot) - before;
    counters_->refused_records += writer_.refused(refused.slot) - before;
  }
  if (refused_ == before_all) return true;
  if (const std::int64_t now = now_ns();
      !last_refusals_said_ns_ || now - *last_refusals_said_ns_ >= std::chrono::nanoseconds(kSayRefused).count()) {
    last_refusals_said_ns_ = now;
    say("producers dropped records at the full ring, " + std::to_string(refused_) +
        " that the archive did not know of; it says whose, and about where");
  }
  if (options_.sync.when != SyncPolicy::When::batch) return true;
  return finish(Finish::sync);
}

bool Drain::stops_before_retry() {
  counters_->rounds += 1;  // it waits, and does not hang
  std::unique_lock lock(mutex_);
  return stopped_.wait_for(lock, kRetry, [this] { return stop_.load(); });
}

bool Drain::persist(const std::function<std::expected<void, std::error_code>()>& attempt) {
  bool said = false;
  for (;;) {
    const auto ok = attempt();
    if (ok) {
      if (said) {
        counters_->set_trouble("");
        say("writing again", cli::Severity::info);
      }
      return true;
    }
    if (ok.error().category() != std::system_category()) {  // not the disk's: it would fail for ever
      say(error_detail());
      return false;
    }
    const std::string refusal = error_detail();
    counters_->write_errors += 1;
    if (!writer_.is_there()) return false;
    // A sync that failed, at a rotation for instance: a Writer says so to whatever it is asked.
    if (!writer_.sync_beside()) {
      if (!write_again()) return false;
      continue;
    }
    if (!said) say(refusal + "; the ring holds what comes, trying again every second");
    said = true;
    counters_->set_trouble(refusal);
    if (stops_before_retry()) {
      (void)finish(Finish::sync);
      say("stopped before the disk took everything; the rest stays in the ring");
      return false;
    }
    // What was archived before becomes durable all the same, and who waits for that is told.
    if (!sync_if_due()) return false;
    report();
  }
}

bool Drain::sync_if_due() {
  if (options_.sync.when != SyncPolicy::When::interval) return true;
  const auto under_way = writer_.sync_beside();
  if (!under_way) return write_again();
  syncing_ = *under_way;
  const std::int64_t now = now_ns();
  if (!unsynced_ || syncing_ || now - last_sync_ns_ < options_.sync.interval.count()) return true;
  const auto over = [this, now] {
    count_sync(now);
    consumer_.interrupt();
  };
  if (!writer_.begin_sync(over)) return write_again();
  syncing_since_ns_ = unsynced_since_ns_ == 0 ? now : unsynced_since_ns_;
  unsynced_since_ns_ = 0;
  last_sync_ns_ = now;
  unsynced_ = false;
  syncing_ = true;
  return true;
}

bool Drain::take_options() {
  if (!reconfigured_) return true;
  {
    const std::lock_guard lock(mutex_);
    reconfigured_ = false;
    options_.sync = new_options_.sync;
    options_.rotate_size_bytes = new_options_.rotate_size_bytes;
    options_.rotate_age = new_options_.rotate_age;
  }
  writer_.set_rotation(options_.rotate_size_bytes, options_.rotate_age.value_or(0ns));
  // What is free already is to be on the disk, as from now on.
  return options_.sync.when != SyncPolicy::When::batch || !unsynced_ || finish(Finish::sync);
}

bool Drain::finish(Finish how) {
  const auto finished = [&] {
    switch (how) {
      case Finish::sync: break;
      case Finish::stop: return writer_.stop();
      case Finish::seal: return writer_.seal();
    }
    return sync();
  };
  auto ok = finished();
  if (!ok && !writer_.sync_beside()) {
    if (!write_again()) return false;
    ok = finished();
  }
  if (!ok) say(error_detail());
  unsynced_ = false;
  return ok.has_value();
}

}  // namespace logbuf::archiver
